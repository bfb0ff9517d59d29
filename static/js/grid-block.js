// A block of cells: selected with Shift and arrows or the pointer, copied to and pasted from a worksheet,
// cleared, filled down. What is pasted goes into the cells to fill; locked ones are passed over.
import { control, fillable, form, read, shown } from "./grid-cells.js";
import { at, cells, focus, gridCell, isOpen, neighbour, place, rows } from "./grid-keys.js";
import { put, together } from "./grid-undo.js";

let anchor = null;
let corner = null;

export function selection(cell) {
  if (!anchor?.isConnected || !corner?.isConnected || anchor.closest("table") !== cell.closest("table")) return [[cell]];
  const [from, to] = [place(anchor), place(corner)];
  const lines = rows(from.grid).slice(Math.min(from.row, to.row), Math.max(from.row, to.row) + 1);
  const [left, right] = [Math.min(from.column, to.column), Math.max(from.column, to.column)];
  return lines.map((row) => cells(row).slice(left, right + 1));
}

function isBlock(cell) {
  return selection(cell).flat().length > 1;
}

function mark() {
  for (const cell of document.querySelectorAll("td.selected")) cell.classList.remove("selected");
  if (!anchor || anchor === corner) return;
  for (const cell of selection(anchor).flat()) cell.classList.add("selected");
}

function extend(cell) {
  corner = cell;
  mark();
}

document.addEventListener("focusin", (event) => {
  const cell = gridCell(event.target);
  if (cell && cell === corner) return;
  anchor = corner = cell;
  mark();
});

const STEPS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

document.addEventListener("keydown", (event) => {
  const cell = gridCell(event.target);
  if (!cell || event.isComposing || event.altKey || isOpen(cell) || event.target !== control(cell)) return;
  const key = event.key.toLowerCase();
  const command = event.ctrlKey || event.metaKey;
  let act = null;
  if (event.shiftKey && !command && STEPS[event.key]) act = () => extend(neighbour(corner || cell, ...STEPS[event.key]));
  else if (event.key === "Delete" && isBlock(cell)) act = () => empty(selection(cell));
  else if (command && key === "d") act = () => fillDown(selection(cell));
  else if (command && key === "a" && !event.target.matches("textarea")) act = () => selectAll(cell);
  if (!act) return;
  event.preventDefault();
  act();
}, true);

function selectAll(cell) {
  const all = rows(cell.closest("table"));
  anchor = cells(all[0])[0];
  extend(cells(all.at(-1)).at(-1));
}

function empty(block) {
  together(() => {
    for (const cell of block.flat()) if (fillable(cell)) put(cell, "");
  });
}

function fillDown(block) {
  const [first, ...rest] = block.length > 1 ? block : [aboveOf(block[0]), ...block];
  if (!first) return;
  together(() => {
    for (const line of rest) {
      line.forEach((cell, i) => fillable(cell) && put(cell, read(first[i])));
    }
  });
}

function aboveOf(line) {
  const here = place(line[0]);
  return here.row > 0 ? line.map((_, i) => at(here.grid, here.row - 1, here.column + i)) : null;
}

// With the pointer: drag from cell to cell, or click with Shift.
document.addEventListener("pointerdown", (event) => {
  const cell = gridCell(event.target);
  if (!cell || event.button !== 0) return;
  if (event.shiftKey && anchor && anchor.closest("table") === cell.closest("table")) {
    event.preventDefault();
    extend(cell);
  } else if (control(cell) === cell) {
    focus(cell);
  }
});

document.addEventListener("pointerover", (event) => {
  const cell = gridCell(event.target);
  if (event.buttons !== 1 || !cell || !anchor || cell === corner || anchor.closest("table") !== cell.closest("table")) return;
  if (gridCell(document.activeElement) !== anchor) return;
  extend(cell);
  window.getSelection()?.removeAllRanges();
});

document.addEventListener("copy", (event) => {
  const cell = gridCell(event.target) || gridCell(document.activeElement);
  if (!cell || (!isBlock(cell) && control(cell).matches("input, textarea"))) return;
  const block = selection(cell);
  const text = block.map((line) => line.map((each) => quoted(shown(each))).join("\t")).join("\n");
  event.clipboardData.setData("text/plain", text);
  // Says that columns stand as they do here, locked ones included.
  event.clipboardData.setData("text/html", table(block));
  event.preventDefault();
});

function quoted(text) {
  return /["\t\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function table(block) {
  const made = document.createElement("table");
  made.dataset.beaconGrid = "";
  for (const line of block) {
    const row = made.insertRow();
    for (const cell of line) row.insertCell().textContent = shown(cell);
  }
  return made.outerHTML;
}

document.addEventListener("paste", (event) => {
  const cell = gridCell(event.target);
  if (!cell || event.target !== control(cell) || isOpen(cell)) return;
  const html = event.clipboardData.getData("text/html");
  const text = event.clipboardData.getData("text/plain");
  const block = parsed(text);
  const fromSheet = /<table/i.test(html) || text.includes("\t");
  const long = event.target.matches("textarea") && !fromSheet;
  if (long || !block.length || (block.length * block[0].length === 1 && event.target.matches("input, textarea"))) return;
  event.preventDefault();
  paste(cell, block, html.includes("data-beacon-grid"));
});

// Tab-separated text as worksheets give it: a text with a line break stands in quotation marks.
export function parsed(text) {
  const lines = [];
  let line = [];
  const pattern = /(?:"((?:[^"]|"")*)"|([^\t\r\n]*))(\t|\r?\n|\r|$)/gy;
  for (let match = pattern.exec(text); match; match = pattern.exec(text)) {
    line.push(match[1] === undefined ? match[2] : match[1].replaceAll('""', '"'));
    if (match[3] !== "\t") {
      lines.push(line);
      line = [];
    }
    if (match[3] === "" || pattern.lastIndex >= text.length) break;
  }
  return lines;
}

function paste(cell, block, asHere) {
  const here = place(cell);
  const target = isBlock(cell) && block.length === 1 && block[0].length === 1 ? selection(cell) : null;
  let filled = 0;
  const unknown = [];
  together(() => {
    for (const [into, text] of target ? target.flat().map((each) => [each, block[0][0]]) : spread(here, block, asHere)) {
      if (!fillable(into)) continue;
      if (put(into, text)) filled += 1;
      else unknown.push(text);
    }
  });
  form.dispatchEvent(new CustomEvent("grid:pasted", { detail: { filled, unknown } }));
}

// Pairs of cell and text. From a worksheet the columns are those to fill, in their order.
function* spread(here, block, asHere) {
  const lines = rows(here.grid).slice(here.row);
  for (const [i, texts] of block.entries()) {
    if (!lines[i]) return;
    const across = cells(lines[i]).slice(here.column);
    const into = asHere ? across : across.filter(fillable);
    for (const [j, text] of texts.entries()) if (into[j]) yield [into[j], text];
  }
}
