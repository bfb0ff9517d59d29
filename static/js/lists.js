// Lists by keyboard. Markup: <tbody data-list-keys>, in each row a link [data-open] (else its first link)
// and perhaps a box [data-bulk-item]. j/k next and previous row, Enter opens (the link has the focus), x selects.
// "/" goes to the search, "?" lists the keys. All of it can be switched off in that list (WCAG 2.1.4).

const SWITCH = "beacon-shortcuts-off";

function off() {
  try {
    return localStorage.getItem(SWITCH) === "1";
  } catch {
    return false;
  }
}

function typing(target) {
  return target.closest("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable], .grid");
}

document.addEventListener("keydown", (event) => {
  if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey || typing(event.target) || off()) return;
  if (document.querySelector("dialog[open]")) return;
  const act = { j: () => move(1), k: () => move(-1), x: select, "/": search, "?": help }[event.key];
  if (act && act()) event.preventDefault();
});

function list() {
  return document.activeElement.closest("[data-list-keys]") || document.querySelector("[data-list-keys]");
}

function move(step) {
  const rows = [...(list()?.children || [])].filter((row) => door(row));
  if (!rows.length) return false;
  const here = rows.findIndex((row) => row.hasAttribute("data-current"));
  const next = rows[here < 0 ? 0 : Math.min(Math.max(here + step, 0), rows.length - 1)];
  door(next).focus();
  next.scrollIntoView({ block: "nearest" });
  return true;
}

function door(row) {
  return row.querySelector("[data-open], a[href]");
}

function select() {
  const box = list()?.querySelector("[data-current] [data-bulk-item]");
  if (!box) return false;
  box.click();
  return true;
}

function search() {
  const field = document.querySelector("[data-search-key]");
  field?.focus();
  return Boolean(field);
}

function help() {
  const dialog = document.getElementById("shortcuts");
  dialog?.showModal();
  return Boolean(dialog);
}

// The row that has the focus is the current one.
document.addEventListener("focusin", (event) => {
  const row = event.target.closest("[data-list-keys] > *");
  if (!row) return;
  for (const other of row.parentElement.querySelectorAll(":scope > [data-current]")) delete other.dataset.current;
  row.dataset.current = "";
});

document.addEventListener("change", (event) => {
  if (!event.target.matches("[data-shortcuts-switch]")) return;
  localStorage.setItem(SWITCH, event.target.checked ? "0" : "1");
});

const shortcuts = document.querySelector("[data-shortcuts-switch]");
if (shortcuts) shortcuts.checked = !off();
