// What a cell of the monitoring table holds, whatever kind of field it is. Markup (monitoring/cells.py):
//   <td data-cell="indicator.K1.actual"> one input, select, textarea – or <details data-causes> with boxes </td>
// A text is canonical: what the server stores for the cell, choices by their value, several joined by commas.

export const form = document.querySelector("form[data-table-form]");

export function cellOf(node) {
  return node?.closest?.("[data-cell]") || null;
}

export function find(address) {
  return document.querySelector(`[data-cell="${CSS.escape(address)}"]`);
}

// What has the focus when the cell has it: its field, or the locked cell itself.
export function control(cell) {
  return cell.querySelector("input:not([type=checkbox]), select, textarea, summary") || cell;
}

export function fillable(cell) {
  const field = control(cell);
  return field !== cell && !field.disabled;
}

export function boxes(cell) {
  return [...cell.querySelectorAll("input[type=checkbox]")];
}

export function read(cell) {
  const field = control(cell);
  if (field.matches("summary")) return boxes(cell).filter((box) => box.checked).map((box) => box.value).join(",");
  return field === cell ? "" : field.value.trim();
}

// What a person sees in the cell: labels of choices, figures of locked cells.
export function shown(cell) {
  const field = control(cell);
  if (field.matches("select")) return field.selectedOptions[0]?.value ? label(field.selectedOptions[0]) : "";
  if (field.matches("summary")) return boxes(cell).filter((box) => box.checked).map(label).join(form?.dataset.join || "、");
  if (field === cell) return cell.dataset.copy ?? cell.innerText.replace(/\s+/g, " ").trim();
  return field.value;
}

// Puts a text into the cell: a value or a label. False when the cell knows no such choice; it then stays as it was.
export function write(cell, text) {
  const field = control(cell);
  if (field === cell || field.disabled) return false;
  if (field.matches("select")) return choose(field, text.trim());
  if (field.matches("summary")) return tick(cell, text);
  field.value = text;
  return true;
}

function choose(field, text) {
  const option = [...field.options].find((each) => each.value === text || label(each) === text);
  if (!option) return false;
  field.value = option.value;
  return true;
}

function tick(cell, text) {
  const wanted = text.split(/[、，,;；]/).map((part) => part.trim()).filter(Boolean);
  const known = boxes(cell);
  const found = wanted.map((part) => known.find((box) => box.value === part || label(box) === part));
  if (found.includes(undefined)) return false;
  for (const box of known) box.checked = found.includes(box);
  summarise(cell);
  return true;
}

function label(choice) {
  return (choice.dataset.label || choice.textContent || "").trim();
}

// The closed list of causes says what is chosen.
export function summarise(cell) {
  const said = cell.querySelector("summary [data-chosen]");
  if (said) said.textContent = shown(cell) || "—";
}
