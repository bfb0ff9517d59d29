// Kindness for forms.
//   <form data-warn-unsaved>    warns before leaving figures unsaved
//   <form data-send-on-change>  sends when a choice is made with the pointer (filters)
//   <form data-once>            a second click sends nothing
import { sentence } from "./toasts.js";

document.addEventListener("input", (event) => {
  const form = event.target.closest("form[data-warn-unsaved]");
  if (form) form.dataset.unsaved = "";
});

document.addEventListener("submit", (event) => {
  const form = event.target;
  delete form.dataset.unsaved;
  if (!form.matches("[data-once]")) return;
  if (form.dataset.sent !== undefined) event.preventDefault();
  form.dataset.sent = "";
});

document.addEventListener("htmx:afterRequest", (event) => {
  const form = event.target.closest?.("form");
  if (!form) return;
  delete form.dataset.sent;
  if (!event.detail.successful && form.matches("[data-warn-unsaved]")) form.dataset.unsaved = "";
});

window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
});

window.addEventListener("beforeunload", (event) => {
  if (!document.querySelector("form[data-unsaved]")) return;
  event.preventDefault();
  event.returnValue = sentence("unsaved");
});

// A choice made with the pointer is sent at once; by keyboard one may still be on the way to another choice.
let byKey = false;
document.addEventListener("keydown", () => (byKey = true));
document.addEventListener("pointerdown", () => (byKey = false));

document.addEventListener("change", (event) => {
  const form = event.target.closest("form[data-send-on-change]");
  if (form && !byKey && event.target.matches("select, input[type=checkbox], input[type=radio]")) form.requestSubmit();
});
