// Passing news, said in the live region at the corner.
// From the server: response header  HX-Trigger: {"beacon:toast": {"text": "Saved", "kind": "success"}}
// From a module:   import { toast } from "./toasts.js"; toast(text, "error")
// Markup: <button type="button" data-copy="text to copy"> or data-copy-from="#element"

const KEPT_FOR = 8000;

export function region() {
  return document.getElementById("toasts");
}

// A sentence of templates/_toasts.html by name, in the reader's language.
export function sentence(name) {
  return region()?.dataset[name] || "";
}

export function toast(text, kind = "info") {
  const template = document.getElementById("toast-template");
  const place = region();
  if (!text || !template || !place) return;
  // While a dialog is open the rest of the page is inert: the news is said inside it.
  const home = document.querySelector("dialog[open]") || document.body;
  if (place.parentElement !== home) home.append(place);
  // Something that fails every second is said once.
  if ([...place.querySelectorAll("[data-text]")].some((other) => other.textContent === text)) return;
  const said = template.content.firstElementChild.cloneNode(true);
  said.classList.add(`notice-${kind}`);
  said.querySelector("[data-text]").textContent = text;
  const drawing = { error: "error", warning: "warning", success: "done" }[kind];
  const use = said.querySelector("use");
  if (drawing && use) use.setAttribute("href", use.getAttribute("href").replace(/#.*/, `#${drawing}`));
  if (kind === "error") said.setAttribute("role", "alert");
  place.append(said);
  // An error stays until it is put away; other news leaves unless someone is reading it.
  if (kind !== "error") setTimeout(() => leave(said), KEPT_FOR);
}

function leave(said) {
  if (said.matches(":hover, :focus-within")) setTimeout(() => leave(said), KEPT_FOR);
  else said.remove();
}

document.addEventListener("close", (event) => {
  if (event.target.contains(region())) document.body.append(region());
}, true);

document.addEventListener("beacon:toast", (event) => toast(event.detail.text, event.detail.kind));

document.addEventListener("click", async (event) => {
  event.target.closest("[data-dismiss]")?.closest(".notice")?.remove();
  const button = event.target.closest("[data-copy], [data-copy-from]");
  if (!button) return;
  const source = button.dataset.copyFrom && document.querySelector(button.dataset.copyFrom);
  await navigator.clipboard.writeText(source ? source.textContent.trim() : button.dataset.copy);
  toast(sentence("copied"), "success");
});
