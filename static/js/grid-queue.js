// What was typed, on its way to the server: in order, within a second, again when the network is back.
// A copy stays in this tab's storage, so that a reload loses nothing either.
//
// Every text goes with the one the page showed before; the server keeps it only where nobody else changed the cell.
import { form } from "./grid-cells.js";

const PAUSE = 800;
const LONGEST_WAIT = 30_000;
const KEEPALIVE_LIMIT = 60_000;

const stored = new Map(); // address → canonical text as the server has it
const waiting = new Map(); // address → text to be sent, oldest first
const offered = new Map(); // address → texts this page has sent, to know its own hand when an answer was lost
let flying = new Map(); // what is being sent now
let timer = 0;
let failures = 0;
let halted = null; // why nothing is sent any more, until the person has acted

const listeners = { state: [], answer: [], halt: [] };

// on("state", f) whenever something waits or arrives; on("answer", f) with each answer of the server;
// on("halt", f) with {kind: "signed-out" | "refused", message}.
export function on(what, callback) {
  listeners[what].push(callback);
}

function tell(what, detail) {
  for (const callback of listeners[what]) callback(detail);
}

export function state() {
  return { waiting: waiting.size + flying.size, sending: flying.size > 0, failures, halted };
}

export function storedText(address) {
  return stored.get(address) ?? "";
}

export function setStored(address, text) {
  stored.set(address, text);
}

export function isWaiting(address) {
  return waiting.has(address) || flying.has(address);
}

// Owes the server a text. now: on leaving the cell; otherwise when the typing pauses.
export function owe(address, text, { now = false } = {}) {
  const known = flying.has(address) ? flying.get(address) : storedText(address);
  if (text === known) waiting.delete(address);
  else waiting.set(address, text);
  changed();
  if (waiting.size) schedule(now ? 0 : PAUSE);
}

// Sends again: the person has signed in, the network is back.
export async function retry() {
  if (halted?.kind === "signed-out") await renewTokens();
  halted = null;
  failures = 0;
  return flush();
}

// Resolves when everything typed has been answered, or cannot be sent now.
export function arrived() {
  flush();
  return new Promise((resolve) => {
    const look = () => (waiting.size + flying.size && !failures && !halted ? setTimeout(look, 50) : resolve());
    setTimeout(look);
  });
}

// Sends what waits and resolves when all of it has been answered, or cannot be sent.
export async function flush() {
  clearTimeout(timer);
  if (flying.size || !waiting.size || halted) return;
  flying = new Map(waiting);
  waiting.clear();
  changed();
  try {
    const answer = await answered(await post(flying));
    failures = 0;
    const results = answer.results.map(settle);
    flying = new Map();
    tell("answer", { ...answer, results });
  } catch (problem) {
    putBack();
    failures += 1;
    if (problem.kind) halt(problem);
  }
  changed();
  if (!waiting.size || halted) return;
  if (failures) schedule(Math.min(1000 * 2 ** failures, LONGEST_WAIT));
  else await flush();
}

function schedule(delay) {
  clearTimeout(timer);
  timer = setTimeout(flush, delay);
}

function changed() {
  remember();
  tell("state", state());
}

function post(texts) {
  const edits = [];
  const explanations = [];
  for (const [address, value] of texts) {
    const about = address.match(/^explain:([^:]+):(.*)$/);
    if (about) explanations.push({ check: about[1], cell: about[2], text: value });
    else edits.push({ cell: address, value, seen: storedText(address) });
    offered.set(address, [...(offered.get(address) || []), value]);
  }
  const body = JSON.stringify({ person: form.dataset.person, edits, explanations });
  return fetch(form.dataset.save, {
    method: "POST",
    credentials: "same-origin",
    // The browser finishes it even when the page is left.
    keepalive: body.length < KEEPALIVE_LIMIT,
    headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": token() },
    body,
  });
}

function token() {
  return form.elements.csrfmiddlewaretoken.value;
}

// Signing in changes the token, and the cookie is not for scripts: the page as it is served now has the new one.
async function renewTokens() {
  try {
    const page = await (await fetch(window.location.href, { credentials: "same-origin" })).text();
    const meta = new DOMParser().parseFromString(page, "text/html").querySelector("meta[name=csrf-token]");
    if (!meta) return;
    document.querySelector("meta[name=csrf-token]").content = meta.content;
    for (const field of document.querySelectorAll("input[name=csrfmiddlewaretoken]")) field.value = meta.content;
  } catch {
    // No network: sending will say so.
  }
}

async function answered(response) {
  const json = (response.headers.get("Content-Type") || "").includes("json");
  if (response.status === 401 || (!json && (response.redirected || response.status === 403))) {
    throw { kind: "signed-out" };
  }
  if (response.status >= 500 || !json) throw new Error(`answered ${response.status}`);
  const answer = await response.json();
  if (!response.ok) throw { kind: "refused", message: answer.detail || answer.title || "" };
  return answer;
}

// Remembers what the server has now. A "conflict" with this page's own earlier text, whose answer was lost on
// the way, is none: the newer text goes again.
function settle(result) {
  const address = result.cell;
  const own = (offered.get(address) || []).some((text) => same(text, result.text));
  if (result.state !== "invalid") stored.set(address, result.text);
  if (result.state === "conflict" && own) {
    if (!waiting.has(address)) waiting.set(address, flying.get(address));
    return { ...result, state: "again" };
  }
  if (waiting.has(address) && waiting.get(address) === stored.get(address)) waiting.delete(address);
  return result;
}

function same(first, second) {
  const plain = (text) => text.replaceAll(",", "");
  return first === second || (plain(first) !== "" && Number(plain(first)) === Number(plain(second)));
}

// What could not be sent waits again, ahead of what was typed since.
function putBack() {
  const newer = new Map(waiting);
  waiting.clear();
  for (const [address, text] of [...flying, ...newer]) waiting.set(address, text);
  flying = new Map();
}

function halt(problem) {
  halted = problem;
  tell("halt", problem);
}

window.addEventListener("online", () => retry());
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "hidden") flush();
  else if (halted?.kind === "signed-out" || failures) retry();
});
window.addEventListener("pagehide", () => flush());

function shelf() {
  return `beacon-cells ${form.dataset.save} ${form.dataset.person}`;
}

function remember() {
  const all = [...flying, ...waiting].map(([address, text]) => [address, text, storedText(address)]);
  try {
    if (all.length) sessionStorage.setItem(shelf(), JSON.stringify(all));
    else sessionStorage.removeItem(shelf());
  } catch {
    // Full or forbidden: memory still has it.
  }
}

// What an earlier page of this tab could not send: [address, text, text seen before].
export function recalled() {
  try {
    return JSON.parse(sessionStorage.getItem(shelf()) || "[]");
  } catch {
    return [];
  }
}
