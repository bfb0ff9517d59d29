// Native dialogs. Markup: <button type="button" data-dialog="ID"> opens <dialog id="ID">;
// <button type="button" data-dialog-close> and a click beside it close it; Escape is the browser's.
// A dialog that the server sent with data-open-now opens when it arrives.

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-dialog]");
  if (opener) {
    opener.closest("details[data-menu]")?.removeAttribute("open");
    document.getElementById(opener.dataset.dialog)?.showModal();
    return;
  }
  const dialog = event.target.closest("dialog");
  if (!dialog) return;
  if (event.target.closest("[data-dialog-close]")) dialog.close();
  else if (event.target === dialog && beside(dialog, event) && !dialog.querySelector("form[data-unsaved]")) dialog.close();
});

function beside(dialog, event) {
  const box = dialog.getBoundingClientRect();
  return event.clientX < box.left || event.clientX > box.right || event.clientY < box.top || event.clientY > box.bottom;
}

function openArrived(root) {
  for (const dialog of root.querySelectorAll("dialog[data-open-now]")) {
    dialog.removeAttribute("data-open-now");
    if (!dialog.open) dialog.showModal();
  }
}

document.addEventListener("htmx:afterSettle", () => openArrived(document));
openArrived(document);
