// What the page says of saving: the line in the bar, conflicts with both values, why nothing is sent any more.
import { find, form, shown, write } from "./grid-cells.js";
import { owe, on, retry, setStored, state } from "./grid-queue.js";

let savedAt = "";

function line() {
  return form.querySelector("[data-save-state]");
}

export function saved(at) {
  savedAt = at;
}

export function sayState({ waiting, sending, failures, halted }) {
  const words = form.dataset;
  const invalid = form.querySelectorAll("[data-refused]").length;
  let text = savedAt ? `${words.saved} ${savedAt}` : "";
  let kind = savedAt ? "saved" : "";
  if (halted) [text, kind] = [words.signedOut, "waiting"];
  else if (failures) [text, kind] = [words.waiting + waiting, "waiting"];
  else if (sending || waiting) [text, kind] = [words.saving, "saving"];
  else if (invalid) [text, kind] = [`${words.notKept}: ${invalid}`, "invalid"];
  if (halted?.kind === "refused") text = words.notKept;
  const where = line();
  where.dataset.kind = kind;
  if (where.textContent !== text) where.textContent = text;
}

export function notices() {
  return document.getElementById("grid-notices");
}

function notice(template, key) {
  notices().querySelector(`[data-key="${CSS.escape(key)}"]`)?.remove();
  const made = document.getElementById(template).content.firstElementChild.cloneNode(true);
  made.dataset.key = key;
  notices().append(made);
  return made;
}

// Two people, one cell: both values side by side, and the choice between them.
export function conflict(result, name) {
  const cell = find(result.cell);
  const made = notice("conflict-template", result.cell);
  const mine = shown(cell);
  made.querySelector("[data-name]").textContent = name;
  made.querySelector("[data-by]").textContent = result.by;
  made.querySelector("[data-mine]").textContent = mine || "—";
  const kept = cell.dataset.cell && cellText(cell, result.text);
  made.querySelector("[data-theirs]").textContent = kept || "—";
  made.addEventListener("click", (event) => {
    const take = event.target.closest("[data-take]")?.dataset.take;
    if (!take) return;
    cell.classList.remove("conflict");
    made.remove();
    if (take === "theirs") write(cell, result.text);
    setStored(result.cell, result.text);
    owe(result.cell, take === "theirs" ? result.text : result.mine, { now: true });
  });
}

// A stored text as the cell would show it.
function cellText(cell, text) {
  const copy = cell.cloneNode(true);
  return write(copy, text) ? shown(copy) : text;
}

export function halt({ kind, message }) {
  const made = notice("halt-template", "halt");
  made.querySelector("[data-text]").textContent = kind === "signed-out" ? form.dataset.signedOut : message;
  if (kind !== "signed-out") made.querySelector("[data-sign-in-again]").remove();
  made.querySelector("[data-retry]").addEventListener("click", () => {
    made.remove();
    retry();
  });
  notices().scrollIntoView({ block: "nearest" });
}

if (form) {
  on("state", (now) => {
    sayState(now);
    if (!now.halted) notices().querySelector('[data-key="halt"]')?.remove();
  });
  on("halt", halt);
}

export function recheck() {
  sayState(state());
}
