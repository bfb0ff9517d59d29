// Moving about in a monitoring grid like in a worksheet. Markup: <table data-grid><tbody><tr data-row> … <td> …
//
// A cell that has the focus is ready: arrows, Home, End, Enter and Tab move on, typing replaces what it holds.
// F2, a double click or typing into a long text makes it open: keys then belong to the text, Escape brings back
// what it held before. Keys that compose a Chinese character belong to the input method.
import { boxes, cellOf, control, fillable, read, summarise, write } from "./grid-cells.js";

const held = new WeakMap(); // cell → text when it got the focus
let composing = false;

document.addEventListener("compositionstart", () => (composing = true));
document.addEventListener("compositionend", () => setTimeout(() => (composing = false)));

export function rows(grid) {
  return [...grid.querySelectorAll("tbody > tr[data-row]")];
}

export function cells(row) {
  return [...row.children].filter((cell) => cell.matches("td"));
}

export function place(cell) {
  const grid = cell.closest("table[data-grid]");
  const row = cell.closest("tr");
  return { grid, row: rows(grid).indexOf(row), column: cells(row).indexOf(cell) };
}

export function at(grid, row, column) {
  return cells(rows(grid)[row] ?? grid)[column];
}

export function gridCell(node) {
  return node?.closest?.("table[data-grid] tbody td") || null;
}

export function isOpen(cell) {
  return cell.dataset.open !== undefined;
}

export function focus(cell) {
  if (!cell) return;
  const target = control(cell);
  if (target === cell) cell.tabIndex = -1;
  target.focus();
}

// The cell so many rows and columns away, at the edge the last one; null where the row has none.
export function neighbour(cell, down, right) {
  const here = place(cell);
  const all = rows(here.grid);
  const row = Math.min(Math.max(here.row + down, 0), all.length - 1);
  const across = cells(all[row]);
  return across[Math.min(Math.max(here.column + right, 0), across.length - 1)] || null;
}

// The next cell to fill in this row, or its first or last one.
function toFill(cell, step) {
  const across = cells(cell.closest("tr"));
  const rest = step > 0 ? across.slice(across.indexOf(cell) + 1) : across.slice(0, across.indexOf(cell)).reverse();
  return rest.find(fillable) || rest.at(-1) || cell;
}

function endOfRow(cell, step) {
  const across = cells(cell.closest("tr")).filter(fillable);
  return (step > 0 ? across.at(-1) : across[0]) || cell;
}

function endOfGrid(cell, step) {
  const all = rows(cell.closest("table"));
  return endOfRow(cells(all.at(step > 0 ? -1 : 0))[0], step);
}

const MOVES = {
  ArrowUp: (cell) => neighbour(cell, -1, 0),
  ArrowDown: (cell) => neighbour(cell, 1, 0),
  ArrowLeft: (cell) => neighbour(cell, 0, -1),
  ArrowRight: (cell) => neighbour(cell, 0, 1),
  Home: (cell) => endOfRow(cell, -1),
  End: (cell) => endOfRow(cell, 1),
};
const LEAPS = {
  ArrowLeft: (cell) => toFill(cell, -1),
  ArrowRight: (cell) => toFill(cell, 1),
  Home: (cell) => endOfGrid(cell, -1),
  End: (cell) => endOfGrid(cell, 1),
};

document.addEventListener("keydown", (event) => {
  const cell = gridCell(event.target);
  if (!cell || event.defaultPrevented || composing || event.isComposing || event.keyCode === 229) return;
  if (event.target.closest("[data-cause-list]")) return inList(event, cell);
  if (event.target !== control(cell)) return;
  const act = isOpen(cell) ? whenOpen(event, cell) : whenReady(event, cell);
  if (act === undefined) return;
  event.preventDefault();
  act();
});

function whenReady(event, cell) {
  if (event.altKey && (event.key === "ArrowDown" || event.key === "Enter")) return () => open(cell);
  if (event.altKey || event.metaKey) return undefined;
  if (event.key === "Enter") return () => focus(neighbour(cell, event.shiftKey ? -1 : 1, 0));
  if (event.key === "F2" && !event.shiftKey) return () => open(cell);
  if (event.key === "Escape") return () => revert(cell);
  if (event.key === "Delete" && !event.shiftKey && !event.ctrlKey) return () => clear(cell);
  if (event.shiftKey) return undefined;
  const move = (event.ctrlKey ? LEAPS : MOVES)[event.key];
  if (move) return () => focus(move(cell));
  if (event.ctrlKey) return undefined;
  return typed(event, cell);
}

// A digit picks the choice of that number.
function typed(event, cell) {
  const field = control(cell);
  if (field.matches("select, summary")) {
    if (event.key === " ") return () => open(cell);
    if (event.key === "Backspace" || event.key === "0") return () => clear(cell);
    if (/^[1-9]$/.test(event.key)) return () => pick(cell, Number(event.key));
    return undefined;
  }
  return undefined;
}

// A long text that is being written stands open, by whatever keys or input method it is written.
document.addEventListener("input", (event) => {
  const cell = gridCell(event.target);
  if (cell && event.isTrusted && event.target.matches("textarea")) cell.dataset.open = "";
});

function whenOpen(event, cell) {
  const field = control(cell);
  if (event.key === "Escape") return () => revert(cell);
  if (event.key === "Enter" && (event.altKey || event.ctrlKey) && field.matches("textarea")) {
    return () => field.setRangeText("\n", field.selectionStart, field.selectionEnd, "end") ?? inform(field);
  }
  if (event.key === "Enter" && !field.matches("select")) {
    return () => focus(neighbour(cell, event.shiftKey ? -1 : 1, 0));
  }
  const upOrDown = event.key === "ArrowUp" || event.key === "ArrowDown";
  if (upOrDown && field.matches("input")) return () => focus(MOVES[event.key](cell));
  return undefined;
}

export function open(cell) {
  const field = control(cell);
  if (field === cell || field.disabled) return;
  if (field.matches("summary")) {
    field.parentElement.open = true;
    boxes(cell)[0]?.focus();
    return;
  }
  cell.dataset.open = "";
  if (field.matches("select")) showChoices(field);
  else field.setSelectionRange(field.value.length, field.value.length);
}

function showChoices(field) {
  try {
    field.showPicker();
  } catch {
    // An older browser opens the list by its own keys.
  }
}

// In the open list of causes: arrows move, the space bar ticks, Enter and Escape close.
function inList(event, cell) {
  const all = boxes(cell);
  const here = all.indexOf(event.target);
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step) all[Math.min(Math.max(here + step, 0), all.length - 1)].focus();
  else if (event.key === "Escape" || event.key === "Enter") closeList(cell);
  else return;
  event.preventDefault();
}

function closeList(cell) {
  cell.querySelector("details").open = false;
  control(cell).focus();
}

function pick(cell, number) {
  const field = control(cell);
  if (field.matches("select")) {
    const choices = [...field.options].filter((option) => option.value);
    if (!choices[number - 1]) return;
    field.value = choices[number - 1].value;
  } else {
    const box = boxes(cell)[number - 1];
    if (!box) return;
    box.checked = !box.checked;
    summarise(cell);
  }
  inform(field);
}

function clear(cell) {
  if (!read(cell) || !write(cell, "")) return;
  inform(control(cell));
}

function revert(cell) {
  delete cell.dataset.open;
  if (held.has(cell) && read(cell) !== held.get(cell)) {
    write(cell, held.get(cell));
    inform(control(cell));
  }
  control(cell).select?.();
}

// Tells the page that a cell changed, as typing would.
export function inform(field) {
  field.dispatchEvent(new Event("input", { bubbles: true }));
}

// A click into a figure selects it; a click into a text, or a second one, puts the caret there.
let pointed = null;

document.addEventListener("pointerdown", (event) => {
  const cell = gridCell(event.target);
  pointed = cell && event.target === control(cell) && document.activeElement !== event.target ? cell : null;
  if (cell && !pointed && event.target.matches("input, textarea")) cell.dataset.open = "";
});

document.addEventListener("focusin", (event) => {
  const cell = cellOf(event.target);
  if (!cell || cell.contains(event.relatedTarget)) return;
  held.set(cell, read(cell));
  if (!gridCell(cell)) return;
  if (event.target.matches("textarea") && pointed === cell) cell.dataset.open = "";
  else event.target.select?.();
});

document.addEventListener("pointerup", (event) => {
  if (pointed && event.target.matches("input") && pointed.contains(event.target)) event.target.select();
  pointed = null;
});

document.addEventListener("dblclick", (event) => {
  const cell = gridCell(event.target);
  if (cell && event.target === control(cell)) cell.dataset.open = "";
});

document.addEventListener("focusout", (event) => {
  const cell = gridCell(event.target);
  if (!cell || cell.contains(event.relatedTarget)) return;
  delete cell.dataset.open;
  const list = cell.querySelector("details[open]");
  if (list) list.open = false;
});
