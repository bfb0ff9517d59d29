// The bar at the foot of the grid: which cell this is, where its figure comes from, what is asked of it,
// last cycle's value and the target; and, one key away, who changed it.
import { boxes, cellOf, control, form } from "./grid-cells.js";
import { gridCell } from "./grid-keys.js";
import { nameOf } from "./grid-answers.js";
import { toast } from "./toasts.js";

let current = null;

function about() {
  return form?.querySelector("[data-cell-about]");
}

document.addEventListener("focusin", (event) => {
  const cell = cellOf(event.target);
  if (!form || !cell || !form.contains(cell)) return;
  current = cell;
  tell(cell);
});

document.addEventListener("pointerover", (event) => {
  const cell = gridCell(event.target);
  if (form && cell && cell.dataset.source && !form.contains(document.activeElement)) tell(cell);
});

function tell(cell) {
  const parts = [strong(name(cell)), ...facts(cell), note(cell), source(cell), choices(cell)].filter(Boolean);
  about().replaceChildren(...parts);
}

function name(cell) {
  if (control(cell) !== cell) return nameOf(cell);
  const row = cell.closest("tr")?.querySelector("th");
  const column = [...cell.parentElement.children].indexOf(cell);
  const head = cell.closest("table")?.querySelectorAll("thead th")[column];
  return [head, row?.querySelector("[id]") || row].map((each) => each?.innerText.trim()).filter(Boolean).join(" · ");
}

// Target and last cycle's value stand in the same row.
function facts(cell) {
  const row = cell.closest("tr[data-row]");
  if (!row) return [];
  return ["target", "previous_actual"]
    .map((column) => [...row.cells].find((each) => each.dataset.cell?.endsWith(`.${column}`)))
    .filter((each) => each && each !== cell)
    .map((each) => text(`${head(each)}: ${each.innerText.trim()}`));
}

function head(cell) {
  const column = [...cell.parentElement.children].indexOf(cell);
  return cell.closest("table").querySelectorAll("thead th")[column].innerText.trim();
}

function note(cell) {
  const said = document.getElementById(`note-${cell.dataset.cell}`)?.textContent;
  return said ? text(said, cell.classList.contains("error") ? "wrong" : "asked") : null;
}

function source(cell) {
  const said = cell.dataset.source && document.getElementById(`source-${cell.dataset.source}`);
  return said ? text(said.innerText.trim()) : null;
}

// Which digit picks which choice.
function choices(cell) {
  const field = control(cell);
  if (!gridCell(cell) || field === cell) return null;
  let labels = [];
  if (field.matches("select")) labels = [...field.options].filter((option) => option.value).map((option) => option.text);
  else if (field.matches("summary")) labels = boxes(cell).map((box) => box.dataset.label);
  if (!labels.length) return null;
  const made = text("", "choose");
  for (const [i, label] of labels.entries()) made.append(key(i + 1), ` ${label} `);
  made.append(key(0), ` ${form.dataset.clear}`);
  return made;
}

function key(digit) {
  const made = document.createElement("kbd");
  made.textContent = digit;
  return made;
}

function strong(words) {
  const made = document.createElement("strong");
  made.textContent = words;
  return made;
}

function text(words, kind = "") {
  const made = document.createElement("span");
  made.className = kind;
  made.textContent = words;
  return made;
}

document.addEventListener("keydown", (event) => {
  if (event.key !== "F2" || !event.shiftKey || !current) return;
  event.preventDefault();
  history(current.dataset.cell);
});

async function history(address) {
  const dialog = document.getElementById("cell-history");
  try {
    const response = await fetch(`${form.dataset.history}?part=1&cell=${encodeURIComponent(address)}`);
    if (!response.ok) throw new Error(response.status);
    dialog.querySelector("[data-history-body]").innerHTML = await response.text();
    dialog.showModal();
  } catch {
    toast(document.getElementById("toasts").dataset.offline, "error");
  }
}

form?.addEventListener("grid:pasted", (event) => {
  const { filled, unknown } = event.detail;
  toast(form.dataset.pasted + filled, "success");
  if (unknown.length) toast(form.dataset.unknown + [...new Set(unknown)].slice(0, 5).join(", "), "warning");
});

// An open list of causes hangs below its cell, above whatever scrolls.
document.addEventListener("toggle", (event) => {
  const details = event.target;
  if (!details.matches?.("details[data-causes]") || !details.open) return;
  const list = details.querySelector("[data-cause-list]");
  const box = details.getBoundingClientRect();
  list.style.left = `${Math.min(box.left, window.innerWidth - list.offsetWidth - 16)}px`;
  const below = box.bottom + list.offsetHeight < window.innerHeight - 60;
  list.style.top = `${below ? box.bottom : box.top - list.offsetHeight}px`;
}, true);

document.addEventListener("scroll", () => {
  for (const details of document.querySelectorAll("details[data-causes][open]")) details.open = false;
}, true);
