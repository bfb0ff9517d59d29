// htmx: the CSRF token on every request, and a sentence for every answer that was no answer.
import { sentence, toast } from "./toasts.js";

const SENTENCES = { 403: "forbidden", 404: "gone", 409: "stale", 412: "stale", 413: "large", 429: "busy" };

export function csrfToken() {
  return document.querySelector("meta[name=csrf-token]")?.content || "";
}

document.addEventListener("htmx:configRequest", (event) => {
  event.detail.headers["X-CSRFToken"] = csrfToken();
});

// A session that ended answers with the sign-in page: go there instead of swapping it into a corner.
document.addEventListener("htmx:beforeSwap", (event) => {
  const signIn = sentence("signIn");
  const answered = event.detail.xhr.responseURL;
  if (signIn && answered && new URL(answered).pathname === signIn) {
    event.detail.shouldSwap = false;
    window.location.reload();
  }
});

document.addEventListener("htmx:responseError", (event) => {
  const xhr = event.detail.xhr;
  toast(told(xhr) || sentence(SENTENCES[xhr.status] || "broken"), "error");
});

for (const lost of ["htmx:sendError", "htmx:timeout"]) {
  document.addEventListener(lost, () => toast(sentence("offline"), "error"));
}

// What a problem+json answer says in the reader's language.
function told(xhr) {
  if (!(xhr.getResponseHeader("Content-Type") || "").includes("json")) return "";
  try {
    const problem = JSON.parse(xhr.responseText);
    return problem.detail || problem.title || "";
  } catch {
    return "";
  }
}
