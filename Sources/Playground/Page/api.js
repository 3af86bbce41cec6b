// The server's native interface. Everything the page knows of its addresses and shapes is here.
import { languageTag } from "./texts.js";

const base = "api/v1/";
export const address = (path) => base + path;

/// What the server answered instead of what was asked for; `status` 0 is no answer at all.
export class Failure extends Error {
  constructor(status, code, message) {
    super(message);
    Object.assign(this, { status, code });
  }
  get isAway() { return this.status === 0; }
}

async function call(method, path, { body, headers = {}, signal, raw } = {}) {
  const init = { method, signal, headers: { "Accept-Language": languageTag(), ...headers } };
  if (raw) {
    init.body = raw;
    init.headers["Content-Type"] = raw.type || "application/octet-stream";
  } else if (body !== undefined) {
    init.body = JSON.stringify(body);
    init.headers["Content-Type"] = "application/json";
  }
  let answer;
  try {
    answer = await fetch(base + path, init);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Failure(0, "away", error.message);
  }
  if (answer.ok) return answer.status === 204 ? null : answer.json();
  const said = await answer.json().catch(() => ({}));
  const { code = String(answer.status), message = answer.statusText, field } = said.error || {};
  const failure = new Failure(answer.status, code, message);
  failure.field = field;
  failure.moderation = said.moderation;
  failure.retryAfter = +answer.headers.get("Retry-After") || undefined;
  failure.job = said.job;
  throw failure;
}

export const capabilities = () => call("GET", "capabilities");
export const post = (body, key, signal) =>
  call("POST", "jobs", { body, headers: { "Idempotency-Key": key }, signal });
export const job = (id) => call("GET", `jobs/${id}`);
export const activeJobs = () => call("GET", "jobs?active=1");
export const cancel = (id) => call("POST", `jobs/${id}/cancel`, { body: {} });
export const move = (id, before) => call("POST", `jobs/${id}/move`, { body: { before } });
export const pause = (paused) => call("POST", "queue", { body: { paused } });
export const history = (query, before, limit = 60) => {
  const values = new URLSearchParams({ limit });
  if (query) values.set("q", query);
  if (before) values.set("before", before);
  return call("GET", "history?" + values);
};
export const forget = (id) => call("DELETE", `history/${id}`);
export const restore = (id) => call("POST", `history/${id}/restore`, { body: {} });
export const keepLive = (id) => call("POST", `history/${id}/keep`, { body: {} });
export const tokenize = (model, prompt, signal) =>
  call("POST", "tokenize", { body: { model, prompt }, signal });
export const upload = (blob) => call("POST", "images", { raw: blob });
export const settings = (hash) => call("GET", `images/${hash}/settings`);
/// What explains a picture. The first time the server paints it again: it is asked until that is
/// done.
export async function explain(hash) {
  for (let wait = 250; ; wait = Math.min(2000, wait * 1.5)) {
    const told = await call("GET", `images/${hash}/explain`);
    if (!told.job) return told;
    await new Promise((resolve) => setTimeout(resolve, wait));
  }
}
export const explainedStep = (hash, step) => address(`images/${hash}/explain/steps/${step}`);
export const session = (key) => call("POST", "session", { body: { key } });

/// Whether anybody is there.
export async function isThere() {
  try {
    return (await fetch("healthz", { cache: "no-store" })).ok;
  } catch {
    return false;
  }
}
