// Ctrl+Z and Ctrl+Y for one's own edits in the grid: a cell at a time, a pasted block in one go.
import { control, read, write } from "./grid-cells.js";
import { focus, gridCell, inform, isOpen } from "./grid-keys.js";

const LONGEST = 200;
const done = [];
const undone = [];
const before = new WeakMap(); // cell → text that an undo of what is typed there now brings back
let group = null;

// Everything put inside `act` is taken back in one go.
export function together(act) {
  noteTyped(gridCell(document.activeElement));
  group = [];
  act();
  if (group.length) keep(group);
  group = null;
}

// Puts a text into a cell as if it had been typed. False when the cell does not take it.
export function put(cell, text) {
  const old = read(cell);
  if (!write(cell, text)) return false;
  note(cell, old);
  inform(control(cell));
  return true;
}

function note(cell, old) {
  const text = read(cell);
  if (text === old) return;
  before.set(cell, text);
  const change = { cell, before: old, after: text };
  if (group) group.push(change);
  else keep([change]);
}

function keep(changes) {
  done.push(changes);
  if (done.length > LONGEST) done.shift();
  undone.length = 0;
}

// What was typed so far in the cell that has the focus.
function noteTyped(cell) {
  if (cell && before.has(cell)) note(cell, before.get(cell));
}

document.addEventListener("focusin", (event) => {
  const cell = gridCell(event.target);
  if (cell && !cell.contains(event.relatedTarget)) before.set(cell, read(cell));
});

document.addEventListener("focusout", (event) => {
  const cell = gridCell(event.target);
  if (cell && !cell.contains(event.relatedTarget)) noteTyped(cell);
});

document.addEventListener("keydown", (event) => {
  const cell = gridCell(event.target);
  if (!cell || event.isComposing || event.altKey || !(event.ctrlKey || event.metaKey)) return;
  const key = event.key.toLowerCase();
  const back = key === "z" && !event.shiftKey;
  const again = key === "y" || (key === "z" && event.shiftKey);
  // Inside a text that stands open, the browser's own undo is the finer one.
  if ((!back && !again) || isOpen(cell)) return;
  event.preventDefault();
  noteTyped(cell);
  if (back) step(done, undone, "before");
  else step(undone, done, "after");
});

function step(from, to, which) {
  const changes = from.pop();
  if (!changes) return;
  to.push(changes);
  for (const change of changes) {
    write(change.cell, change[which]);
    before.set(change.cell, change[which]);
    inform(control(change.cell));
  }
  focus(changes[0].cell);
}
