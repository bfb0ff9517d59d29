// What comes back with a save: what became of each cell, computed cells, marks of the checks, parts of the page.
import { control, find, form, read, write } from "./grid-cells.js";
import { isWaiting, on } from "./grid-queue.js";
import { conflict, notices, recheck, saved } from "./grid-notices.js";

const KINDS = ["needed", "error", "warning", "hint"];
const SHOWN_FOR = 4000;

if (form) on("answer", take);

function take(answer) {
  saved(answer.at);
  for (const result of answer.results) become(result);
  for (const [address, markup] of Object.entries(answer.computed)) compute(address, markup);
  for (const [name, markup] of Object.entries(answer.parts)) replace(name, markup);
  marks(answer.marks);
  allow(answer);
  recheck();
}

function become(result) {
  const cell = find(result.cell);
  if (!cell) return;
  const mine = read(cell);
  delete cell.dataset.refused;
  notices().querySelector(`[data-key="${CSS.escape(result.cell)}"]`)?.remove();
  if (result.state === "saved" || result.state === "unchanged") {
    if (!isWaiting(result.cell) && document.activeElement !== control(cell)) write(cell, result.text);
    if (result.state === "saved") flash(cell);
  } else if (result.state === "invalid") {
    cell.dataset.refused = result.message;
  } else if (result.state === "conflict") {
    cell.classList.add("conflict");
    conflict({ ...result, mine }, nameOf(cell));
  }
}

function flash(cell) {
  cell.dataset.saved = "";
  setTimeout(() => delete cell.dataset.saved, SHOWN_FOR);
}

export function nameOf(cell) {
  const field = control(cell);
  const ids = (field.getAttribute("aria-labelledby") || "").split(" ").filter((id) => id && !id.startsWith("chosen-"));
  const labels = ids.length ? ids.map((id) => document.getElementById(id)) : [...(field.labels || [])];
  return labels.map((label) => label?.innerText.trim()).filter(Boolean).join(" · ");
}

function compute(address, markup) {
  const cell = find(address);
  if (!cell) return;
  const note = cell.querySelector(":scope > .visually-hidden");
  cell.innerHTML = markup;
  if (note) cell.append(note);
}

// A part of the page, anew. A text that is being written stays as it is, with its caret.
function replace(name, markup) {
  const part = document.querySelector(`[data-part="${name}"]`);
  if (!part) return;
  const active = document.activeElement;
  const caret = part.contains(active) ? [active.selectionStart, active.selectionEnd] : null;
  const fresh = document.createElement("template");
  fresh.innerHTML = markup;
  for (const old of part.querySelectorAll("textarea")) {
    const twin = fresh.content.querySelector(`textarea[name="${CSS.escape(old.name)}"]`);
    if (twin && (old === active || isWaiting(old.name))) twin.replaceWith(old);
  }
  const refused = [...part.querySelectorAll("[data-refused]")].map((cell) => [cell.dataset.cell, cell.dataset.refused]);
  part.replaceChildren(fresh.content);
  for (const [address, message] of refused) {
    const cell = find(address);
    if (cell) cell.dataset.refused = message;
  }
  if (caret && active.isConnected) {
    active.focus({ preventScroll: true });
    active.setSelectionRange?.(...caret);
  }
}

function marks(all) {
  const marked = new Map(Object.entries(all));
  for (const cell of form.querySelectorAll("[data-refused]")) {
    marked.set(cell.dataset.cell, ["error", cell.dataset.refused]);
  }
  for (const cell of form.querySelectorAll("[data-cell]")) mark(cell, ...(marked.get(cell.dataset.cell) || ["", ""]));
}

function mark(cell, kind, message) {
  const id = `note-${cell.dataset.cell}`;
  const note = document.getElementById(id);
  if (!kind && !note && !KINDS.some((each) => cell.classList.contains(each))) return;
  cell.classList.remove(...KINDS);
  if (kind) cell.classList.add(kind);
  const field = control(cell);
  set(field, "aria-required", kind === "needed");
  set(field, "aria-invalid", kind === "error");
  describe(cell, field, note, id, message);
}

function set(field, name, on) {
  if (on) field.setAttribute(name, "true");
  else field.removeAttribute(name);
}

function describe(cell, field, note, id, message) {
  if (!message) {
    note?.remove();
    if (field.getAttribute("aria-describedby") === id) field.removeAttribute("aria-describedby");
    return;
  }
  const said = note || cell.appendChild(document.createElement("span"));
  said.className = "visually-hidden";
  said.id = id;
  said.textContent = message;
  if (field !== cell) field.setAttribute("aria-describedby", id);
}

// The version that the page shows travels with the submission. It follows this page's own saves only: where
// somebody else has saved in between, the page has not shown everything, and submitting it has to be refused.
function allow({ blocking, version, version_before }) {
  for (const submission of document.querySelectorAll("form[data-submit-table]")) {
    submission.querySelector("button").disabled = blocking > 0;
    const shown = submission.elements.version;
    if (Number(shown.value) === version_before) shown.value = version;
  }
}

