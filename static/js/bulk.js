// Selecting many rows. Markup (templates/_bulk_bar.html has the bar):
//   <form data-bulk> … <input type="checkbox" data-bulk-head> … <input type="checkbox" name="pk" data-bulk-item>
//   <div data-bulk-bar hidden> <span data-bulk-count> <button data-bulk-all="345"> <input data-bulk-all-flag> …
// "All that match" sends the flag instead of a thousand boxes; the server applies the filter of the address.

function boxes(form) {
  return [...form.querySelectorAll("[data-bulk-item]:not(:disabled)")];
}

function show(form) {
  const all = boxes(form);
  const chosen = all.filter((box) => box.checked);
  const flag = form.querySelector("[data-bulk-all-flag]");
  const everything = form.querySelector("[data-bulk-all]");
  const whole = all.length > 0 && chosen.length === all.length;
  if (flag && !whole) flag.value = "";
  const head = form.querySelector("[data-bulk-head]");
  if (head) {
    head.checked = whole;
    head.indeterminate = chosen.length > 0 && !whole;
  }
  if (everything) everything.hidden = !whole || Boolean(flag?.value);
  const bar = form.querySelector("[data-bulk-bar]");
  if (!bar) return;
  bar.hidden = chosen.length === 0;
  bar.querySelector("[data-bulk-count]").textContent = flag?.value ? everything.dataset.bulkAll : chosen.length;
}

let last = null;

document.addEventListener("click", (event) => {
  const form = event.target.closest("form[data-bulk]");
  if (!form) return;
  const box = event.target.closest("[data-bulk-item]");
  if (box) {
    if (event.shiftKey && last && form.contains(last)) range(form, last, box);
    last = box;
  } else if (event.target.closest("[data-bulk-all]")) {
    form.querySelector("[data-bulk-all-flag]").value = "1";
    show(form);
  } else if (event.target.closest("[data-bulk-clear]")) {
    for (const each of boxes(form)) each.checked = false;
    show(form);
  }
});

function range(form, from, to) {
  const all = boxes(form);
  const [start, end] = [all.indexOf(from), all.indexOf(to)].sort((a, b) => a - b);
  for (const box of all.slice(start, end + 1)) box.checked = to.checked;
}

document.addEventListener("change", (event) => {
  const form = event.target.closest("form[data-bulk]");
  if (!form) return;
  if (event.target.matches("[data-bulk-head]")) {
    for (const box of boxes(form)) box.checked = event.target.checked;
  }
  if (event.target.matches("[data-bulk-head], [data-bulk-item]")) show(form);
});

// Rows swapped in, or a page come back to: show what is selected now.
function showAll() {
  for (const form of document.querySelectorAll("form[data-bulk]")) show(form);
}

document.addEventListener("htmx:afterSettle", showAll);
window.addEventListener("pageshow", showAll);
