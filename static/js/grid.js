// The page of a monitoring table: every cell saves itself, and what the rules say comes back with the save.
import { cellOf, control, find, form, read, summarise, write } from "./grid-cells.js";
import { focus, gridCell } from "./grid-keys.js";
import "./grid-block.js";
import { arrived, flush, owe, recalled, retry, setStored, state } from "./grid-queue.js";
import { sayState } from "./grid-notices.js";
import "./grid-answers.js";
import "./grid-bar.js";

if (form) begin();

function begin() {
  form.dataset.script = "";
  form.querySelector("[data-save-all]").hidden = true;
  for (const part of form.querySelectorAll("[data-with-script]")) part.hidden = false;
  for (const grid of form.querySelectorAll("table[data-grid]")) grid.setAttribute("role", "grid");
  for (const [address, text] of Object.entries(JSON.parse(form.elements.shown.value))) setStored(address, text);
  for (const [address, text, seen] of recalled()) {
    const cell = find(address);
    if (!cell || read(cell) === text) continue;
    write(cell, text);
    setStored(address, seen);
    owe(address, text);
  }
  sayState(state());
}

function address(cell) {
  return cell.dataset.cell;
}

function typing(event) {
  return form && form.contains(event.target) && !event.target.closest("[data-not-a-cell]") && cellOf(event.target);
}

document.addEventListener("input", (event) => {
  const cell = typing(event);
  if (!cell) return;
  if (event.target.matches("[type=checkbox]")) summarise(cell);
  cell.classList.remove("suggested", "carried", "conflict");
  owe(address(cell), read(cell));
});

// Leaving a cell sends at once.
document.addEventListener("focusout", (event) => {
  const cell = typing(event);
  if (cell && !cell.contains(event.relatedTarget)) owe(address(cell), read(cell), { now: true });
});

document.addEventListener("change", (event) => {
  const cell = typing(event);
  if (cell) owe(address(cell), read(cell), { now: true });
});

// A plain post would send everything again: Enter in a field outside the grid goes on to the next one instead.
form?.addEventListener("submit", (event) => {
  event.preventDefault();
  flush();
});

document.addEventListener("keydown", (event) => {
  if (!(event.ctrlKey || event.metaKey) || event.altKey || event.key.toLowerCase() !== "s" || !form) return;
  event.preventDefault();
  retry();
});

// Submitting waits until everything typed has arrived.
document.addEventListener("submit", async (event) => {
  const submission = event.target.closest("form[data-submit-table]");
  if (!submission || !form || !state().waiting) return;
  event.preventDefault();
  await arrived();
  if (state().waiting) document.getElementById("grid-notices").scrollIntoView({ block: "center" });
  else submission.requestSubmit();
});

// What waits goes on its way and arrives without the page; only what cannot be sent is worth a question.
window.addEventListener("beforeunload", (event) => {
  if (!form) return;
  flush();
  const { failures, halted } = state();
  if (failures || halted || form.querySelector("[data-refused]")) event.preventDefault();
});

// A check leads to its cell; so does a remark.
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-goto]");
  const cell = link && document.getElementById(decodeURIComponent(link.hash.slice(1)));
  if (!cell) return;
  event.preventDefault();
  const field = gridCell(cell) ? control(cell) : cell.querySelector("input, textarea, select") || cell;
  if (field === cell) cell.tabIndex = -1;
  field.scrollIntoView({ block: "center", inline: "nearest" });
  if (gridCell(cell)) focus(cell);
  else field.focus({ preventScroll: true });
});

// A file for an indicator: the form below is told which.
document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-attach]");
  const choice = document.getElementById("evidence-cell");
  if (!link || !choice) return;
  choice.value = link.dataset.attach;
  document.getElementById("evidence-file").focus();
});
