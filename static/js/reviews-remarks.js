// Remarks on cells of a table that is read. Markup:
//   <td data-cell="indicator.K1.actual">, <li data-remark id="remark-…" data-remark-cell="…"> and, for whoever may
//   remark, <dialog id="remark"> with <select data-remark-where>.
// Marks the cells that have remarks; a click on a cell opens the dialog for it. The list and the button do without.

const sheet = document.querySelector(".sheet-readonly");
const dialog = document.getElementById("remark");

function cellOf(address) {
  return sheet?.querySelector(`[data-cell="${CSS.escape(address)}"]`);
}

function markCells() {
  for (const remark of document.querySelectorAll("[data-remark]:not([data-remark-settled])")) {
    const cell = remark.dataset.remarkCell && cellOf(remark.dataset.remarkCell);
    if (!cell || cell.classList.contains("remarked")) continue;
    const way = document.createElement("a");
    way.className = "visually-hidden-focusable";
    way.href = `#${remark.id}`;
    way.textContent = document.getElementById("remarks-title").firstChild.textContent.trim();
    cell.classList.add("remarked");
    cell.title = remark.querySelector("p")?.textContent.trim() || "";
    cell.append(way);
  }
}

function nameOf(cell) {
  const row = cell.closest("tr")?.querySelector("th[scope=row]");
  const head = cell.closest("table")?.querySelectorAll("thead tr:last-child > *")[cell.cellIndex];
  const parts = [row, head].map((part) => part?.firstChild?.textContent.trim()).filter(Boolean);
  return parts.join(" · ") || cell.querySelector(".read-label")?.textContent.trim() || cell.dataset.cell;
}

function choose(cell) {
  const where = dialog.querySelector("[data-remark-where]");
  const address = cell.dataset.cell;
  if (![...where.options].some((option) => option.value === address)) where.add(new Option(nameOf(cell), address));
  where.value = address;
  dialog.showModal();
  dialog.querySelector("textarea").focus();
}

sheet?.addEventListener("click", (event) => {
  if (!dialog || event.target.closest("a, button, input, select, textarea, summary, label")) return;
  if (String(window.getSelection())) return;
  const cell = event.target.closest("[data-cell]");
  if (cell && !cell.dataset.cell.startsWith("explain:")) choose(cell);
});

markCells();
if (dialog?.querySelector(".errorlist")) dialog.showModal();
