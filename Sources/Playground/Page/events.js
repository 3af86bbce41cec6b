// One stream of events for the page, and what happens when the server does not answer.
import * as api from "./api.js";
import { $, h, toast } from "./dom.js";
import * as jobs from "./jobs.js";
import { emit, on, state } from "./store.js";
import { t } from "./texts.js";

const KINDS = ["queued", "started", "step", "preview", "image", "done", "failed", "cancelled",
  "removed"];
let stream, last, countdown;

function connect() {
  stream?.close();
  stream = new EventSource(api.address("events") + (last ? `?after=${last}` : ""));
  const listen = (kind, call) => stream.addEventListener(kind, (event) => {
    if (event.lastEventId) last = event.lastEventId;
    call(JSON.parse(event.data));
  });
  for (const kind of KINDS) listen(kind, (data) => jobs.hear(kind, data));
  listen("hello", (data) => {
    last ??= data.last_event;
    setPaused(data.paused);
  });
  listen("paused", (data) => setPaused(data.paused));
  listen("moved", (data) => jobs.ordered(data.order));
  listen("restored", () => emit("history"));
  listen("reset", (data) => {
    last = data.last_event;
    takeUp();
  });
  stream.onerror = lost;
}

export function setPaused(paused) {
  state.paused = !!paused;
  emit("paused");
}

on("lost", lost);

/// The stream broke: is the server gone, or only the line?
async function lost() {
  if (state.away) return;
  stream?.close();
  if (await api.isThere()) return void setTimeout(takeUp, 300);
  if (state.away) return;
  state.away = true;
  document.body.classList.add("isaway");
  emit("away");
  wait(1);
}

/// Tries again after 1, 2, 4 … 15 s.
function wait(seconds) {
  let left = seconds;
  show(left);
  clearInterval(countdown);
  countdown = setInterval(() => {
    left -= 1;
    if (left > 0) return show(left);
    attempt(Math.min(15, seconds * 2));
  }, 1000);
}

async function attempt(next) {
  clearInterval(countdown);
  if (!(await api.isThere())) return wait(next);
  state.away = false;
  document.body.classList.remove("isaway");
  $("#away").hidden = true;
  emit("away");
  toast(t("backT"));
  takeUp();
}

function show(seconds) {
  const box = $("#away");
  if (box.hidden) {
    box.replaceChildren(
      h("div", {}, h("b", {}, t("awayT")), h("p", {})),
      h("button", { type: "button", onclick: () => attempt(2) }, t("tryNow")));
    box.hidden = false;
  }
  $("p", box).textContent = t("away", { s: seconds });
}

/// What the server has of our jobs; what was not sent goes now, with its old key.
export async function takeUp() {
  try {
    state.capabilities = await api.capabilities();
    connect();
    const told = await api.activeJobs();
    setPaused(told.paused);
    const active = told.jobs.filter(jobs.isShown).map(jobs.known);
    const missing = state.jobs.filter((j) => j.id && jobs.isActive(j) && !active.includes(j));
    for (const job of [...active].sort((a, b) => a.created - b.created)) {
      if (!state.jobs.includes(job)) state.jobs.unshift(job);
    }
    await Promise.all(missing.map(askAfter));
    jobs.sendUnsent();
    emit("jobs");
    emit("history");
  } catch (failure) {
    if (failure.isAway) return lost();
    if (failure.status === 401) return void emit("keyNeeded");
    if (!failure.status) throw failure;
    // Such as a server whose store is away for a moment.
    setTimeout(takeUp, 1000 * (failure.retryAfter || 3));
  }
}

/// A job that is not active any more: done, or one that the server does not know.
async function askAfter(job) {
  try {
    jobs.absorb(job, await api.job(job.id));
    if (job.status === "cancelled") state.jobs = state.jobs.filter((j) => j !== job);
  } catch (failure) {
    if (failure.isAway) return;
    job.status = "failed";
    job.error = { code: "gone", message: t("lostJob") };
  }
}
