// Jobs as the page knows them: made here at once, then as the server tells.
import * as api from "./api.js";
import { $, newKey, say, toast } from "./dom.js";
import { can, emit, keep, kept, modelNamed, state } from "./store.js";
import { pictures, t } from "./texts.js";

/// Most requests that wait here for a server that is away.
const UNSENT_LIMIT = 10;
const ended = ["done", "failed", "cancelled"];
export const isActive = (job) => !ended.includes(job.status);

/// `note` is what the page wants to know of the job later; the server keeps it as the group's name.
function fresh(request, { note = {}, key = newKey() } = {}) {
  const native = modelNamed(request.model)?.sizes[0] || [1, 1];
  const count = request.count || 1;
  return {
    key, note, request, id: null, kind: request.kind || "paint", model: request.model,
    prompt: request.prompt ?? "", status: "sent", created: new Date(),
    size: [request.width || native[0], request.height || native[1]],
    picture: 0, step: 0, steps: 0, pics: Array.from({ length: count }, (_, i) => blank(request, i)),
  };
}

const blank = ({ seed }, i) => ({ seed: seed >= 0 ? seed + i : undefined });

/// Sends a request. The card is there before the answer is.
export function submit(request, options = {}) {
  const job = fresh(request, options);
  job.before = options.before;
  if (options.prompt) job.prompt = options.prompt;
  job.isNew = true;
  state.jobs.unshift(job);
  emit("jobs");
  if (request.kind !== "live") say(t("sent"));
  send(job);
  return job;
}

/// Sends again what was refused or failed.
export function retry(job, changes = {}) {
  const { before, note, prompt, model, kind } = job;
  const request = { ...job.request, model, kind, ...changes };
  Object.assign(job, fresh(request, { note }), { before, prompt });
  delete job.error;
  emit("jobs");
  send(job);
}

export async function send(job) {
  if (state.away) return hold(job);
  job.status = "sent";
  const body = { ...job.request };
  if (Object.keys(job.note).length) body.group = JSON.stringify(job.note);
  if (can(job.model, "previews") && state.page.previews !== false) body.previews ??= 6;
  try {
    absorb(job, (await api.post(body, job.key)).job);
    state.jobs = state.jobs.filter((j) => j === job || j.id !== job.id);
    if (job.isUnwanted) return cancel(job);
    forgetUnsent();
    emit("jobs");
    replay(job);
  } catch (failure) {
    if (failure.isAway) {
      hold(job);
      emit("lost");
    } else if ([429, 503].includes(failure.status)) sendLater(job, failure.retryAfter || 2);
    else if (failure.status === undefined) throw failure;
    else fail(job, failure);
  }
}

/// The server takes nothing now, as with a full queue or disk: the same request, with the same key,
/// a little later.
function sendLater(job, seconds) {
  job.retryIn = seconds;
  emit("job", job);
  setTimeout(() => {
    if (!state.jobs.includes(job) || job.retryIn === undefined) return;
    if (seconds > 1) return sendLater(job, seconds - 1);
    delete job.retryIn;
    send(job);
  }, Math.min(1, seconds) * 1000);
}

function fail(job, { code, message, moderation }) {
  job.status = "failed";
  job.error = { code, message, moderation };
  emit("job", job);
  emit("ended", job);
}

/// Keeps a request until the server is back.
function hold(job) {
  job.status = "unsent";
  const held = state.jobs.filter((j) => j.status === "unsent");
  if (held.length > UNSENT_LIMIT) return fail(job, { code: "away", message: t("awayFull") });
  forgetUnsent();
  emit("job", job);
}

function forgetUnsent() {
  const held = state.jobs.filter((j) => j.status === "unsent");
  const plain = held.map(({ key, note, request }) => ({ key, note, request }));
  keep("unsent", held.length ? plain : null);
}

/// What was not sent when the page was closed.
export function takeUpUnsent() {
  for (const { request, ...rest } of kept("unsent", []).reverse()) {
    if (state.jobs.some((j) => j.key === rest.key)) continue;
    state.jobs.unshift(Object.assign(fresh(request, rest), { status: "unsent" }));
  }
}

export function sendUnsent() {
  for (const job of state.jobs.filter((j) => j.status === "unsent").reverse()) send(job);
}

// What the server tells.

const date = (seconds) => (seconds ? new Date(seconds * 1000) : undefined);

/// Takes over the server's account of a job.
export function absorb(job, told) {
  job.id = told.id;
  job.kind = told.kind;
  job.status = told.status;
  job.model = told.model;
  job.note = noteOf(told.group);
  job.settings = told.settings || job.settings;
  job.request = { ...told.request, ...job.request };
  // The server has taken LoRAs' tags out of the prompt: both would count twice.
  if (told.request?.loras) {
    job.request.loras = told.request.loras;
    job.request.prompt = told.request.prompt ?? job.request.prompt;
  }
  job.prompt = told.prompt ?? job.prompt;
  job.loras = told.request?.loras;
  job.source = told.source || undefined;
  job.error = told.error || undefined;
  job.warnings = told.warnings || [];
  job.created = date(told.created) || job.created;
  job.seconds = told.finished && told.started ? told.finished - told.started : job.seconds;
  place(job, told);
  if (told.progress) progress(job, told.progress);
  const from = { seed: told.seed ?? told.settings?.seed };
  job.pics = Array.from({ length: told.count || 1 },
    (_, i) => ({ ...blank(from, i), ...job.pics[i] }));
  for (const one of told.images || []) takePicture(job, one);
  // Of a finished job what is not there was withheld.
  if (job.status === "done") job.pics = job.pics.filter((p) => p.hash);
  sizeOf(job);
  return job;
}

function noteOf(group) {
  try { return JSON.parse(group) || {}; } catch { return {}; }
}

function place(job, { queue_position, eta }) {
  job.place = queue_position ?? undefined;
  job.wait = eta ?? undefined;
}

function progress(job, { picture, step, steps, eta }) {
  Object.assign(job, { picture: picture - 1, step, steps, left: eta ?? undefined });
}

function takePicture(job, { number, hash, url, thumbnail, seed, width, height }) {
  job.pics[number - 1] = { ...job.pics[number - 1], hash, url, thumbnail, seed, width, height };
}

function sizeOf(job) {
  const first = job.pics.find((p) => p.width);
  const asked = job.settings || job.request || {};
  if (first) job.size = [first.width, first.height];
  else if (asked.width && asked.height) job.size = [asked.width, asked.height];
  job.size ||= modelNamed(job.model)?.sizes[0] || [1, 1];
}

/// A job as the server tells it, as the one that is known or a new one.
export function known(told) {
  const job = find(told.id) || { key: "s" + told.id, pics: [], picture: 0, step: 0, steps: 0 };
  return absorb(job, told);
}

const find = (id) => state.jobs.find((j) => j.id === id);

/// What the stream of events does to a job. Steps change numbers only.
const heard = {
  queued(job, data) {
    job.status = "queued";
    place(job, data);
    emit("job", job);
  },
  started(job, data) {
    job.status = "painting";
    advance();
    job.settings = data.settings || job.settings;
    job.steps = data.steps ?? job.steps;
    if (data.seed >= 0) job.pics.forEach((p, i) => { p.seed ??= data.seed + i; });
    sizeOf(job);
    emit("jobs");
  },
  step(job, data) {
    const isLate = job.status !== "painting";
    job.status = "painting";
    progress(job, data);
    if (isLate) emit("jobs");
    else stepped(job);
  },
  preview(job, { picture, src, step }) {
    const index = picture - 1;
    if (!job.pics[index] || job.pics[index].hash) return;
    job.pics[index].preview = src;
    (job.pics[index].stages ||= []).push({ src, step });
    emit("preview", job, index);
  },
  image(job, data) {
    takePicture(job, data);
    sizeOf(job);
    emit("image", job, data.number - 1);
  },
  async done(job, data) {
    job.seconds = data.seconds ?? job.seconds;
    job.warnings = data.warnings || [];
    if (job.pics.some((p) => !p.hash)) absorb(job, await api.job(job.id));
    job.status = "done";
    emit("jobs");
    emit("done", job);
    emit("ended", job);
    if (job.kind !== "live") say(t("ready", { pictures: pictures(job.pics.length) }));
  },
  failed(job, data) { fail(job, data.error); },
  cancelled: remove,
  removed: remove,
};

/// A quick painter's steps come faster than anybody sees; drawing each would take its processor.
const stepping = new Set();
function stepped(job) {
  if (stepping.has(job)) return;
  stepping.add(job);
  setTimeout(() => {
    stepping.delete(job);
    if (job.status === "painting") emit("step", job);
  }, 100);
}

function remove(job) {
  state.jobs = state.jobs.filter((j) => j !== job);
  advance();
  emit("jobs");
  emit("ended", job);
}

/// Jobs that wait move up when one before them begins or goes. Only the server knows how far, since
/// others' jobs are not seen here.
let advancing;
function advance() {
  if (advancing || !state.jobs.some((j) => j.status === "queued")) return;
  advancing = setTimeout(async () => {
    advancing = undefined;
    const told = await api.activeJobs().catch(() => null);
    for (const one of told?.jobs || []) {
      const job = find(one.id);
      if (job?.status === "queued" && one.status === "queued") place(job, one);
    }
    emit("jobs");
  }, 200);
}

/// Whether a job of others has a card here: what only explains a picture has none.
export const isShown = ({ kind }) => kind !== "live" && kind !== "explain";

/// Events that come before the answer to the request that they are about.
const early = new Map();

export function hear(kind, data) {
  const job = find(data.job);
  if (job) {
    if (isActive(job) || kind === "removed") heard[kind]?.(job, data);
  } else if (state.jobs.some((j) => j.status === "sent")) {
    early.set(data.job, [...(early.get(data.job) || []), [kind, data]]);
  } else if (kind === "queued" && data.detail && isShown(data.detail)) {
    state.jobs.unshift(known(data.detail)); // Another page, or another program.
    emit("jobs");
  }
}

function replay(job) {
  const events = early.get(job.id) || [];
  if (state.jobs.every((j) => j.status !== "sent")) early.clear();
  for (const [kind, data] of events) hear(kind, data);
}

/// The queue's order, as the server has it.
export function ordered(ids) {
  ids.forEach((id, i) => {
    const job = find(id);
    if (job) job.place = i + 1;
  });
  emit("jobs");
}

// What the user does.

/// The card goes at once; the prompt comes back where the box is empty.
export async function cancel(job) {
  const isQuiet = job.isUnwanted || job.kind === "live";
  state.jobs = state.jobs.filter((j) => j !== job);
  const box = $("#prompt");
  const isBack = !isQuiet && !box.value.trim();
  if (isBack) {
    box.value = job.prompt;
    box.dispatchEvent(new Event("input"));
  }
  forgetUnsent();
  emit("jobs");
  if (!isQuiet) toast(t(isBack ? "cancelled" : "cancelledOnly"));
  if (!job.id) return void (job.isUnwanted = true);
  try {
    await api.cancel(job.id);
  } catch (failure) {
    if (failure.status !== 409 || isQuiet || !failure.job?.images?.length) return;
    state.jobs.unshift(absorb(job, failure.job)); // It was faster.
    emit("jobs");
  }
}

/// Moves a waiting job one place up or down; the server's order stands.
export async function shift(job, by) {
  const line = queue().filter((j) => j.status === "queued");
  const to = line.indexOf(job) + by;
  if (to < 0 || to >= line.length) return;
  const before = by < 0 ? line[to] : line[to + 1];
  [job.place, line[to].place] = [line[to].place, job.place];
  emit("jobs");
  say(t("moved"));
  const told = await api.move(job.id, before?.id ?? null).catch(() => api.activeJobs());
  for (const one of told?.jobs || []) if (find(one.id)) absorb(find(one.id), one);
  emit("jobs");
}

/// What is painted, then what waits, in the order in which it will be.
export function queue() {
  const rank = (j) => (j.status === "painting" ? 0 : j.place ?? 1e6);
  return state.jobs.filter((j) => isActive(j) && j.kind !== "live")
    .reverse().sort((a, b) => rank(a) - rank(b));
}
