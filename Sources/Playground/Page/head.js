// The line above a job's pictures: its words, how far it is, what can be done with all of it.
import { $, h, icon, langOf, say } from "./dom.js";
import { wordsNode } from "./heat.js";
import { cancel } from "./jobs.js";
import { can, emit, state } from "./store.js";
import { figure, ordinal, t } from "./texts.js";

export function headNode(job) {
  const isLit = job.status === "done" && can(job.model, "explain");
  const target = () => [...document.querySelectorAll(`[data-job="${job.key}"] .pic .frame`)];
  return h("div", { class: "jobhead" },
    isLit ? wordsNode(job, target) : titleNode(job), h("div", { class: "meta" }, factsOf(job)));
}

export const titleNode = (job) =>
  h("h2", { class: "title", lang: langOf(job.prompt) }, job.prompt);

const cancelButton = (job) => h("button", { class: "quiet", type: "button", "data-act": "cancel",
  onclick: () => cancel(job) }, t("cancel"),
job.status === "painting" ? h("kbd", {}, "Esc") : null);

function factsOf(job) {
  switch (job.status) {
    case "sent":
      return [h("span", { class: "now" }, job.retryIn ? t("full", { s: job.retryIn }) : t("sent")),
        job.retryIn ? cancelButton(job) : null];
    case "unsent":
      return [h("span", { class: "now" }, t("unsent")), cancelButton(job)];
    case "queued":
      return [h("span", { class: "now" }, job.place > 1 || job.wait > 0
        ? t("queuedAt", { nth: ordinal(job.place || 1) }) : t("queued")),
      job.wait > 0 && !state.paused
        ? h("span", {}, t("queuedWait", { s: Math.ceil(job.wait) })) : null,
      cancelButton(job)];
    case "painting":
      return [progress(job), state.away ? null : h("span", { class: "left" }, leftOf(job)),
        cancelButton(job)];
    case "done":
      return doneFacts(job);
    default:
      return [];
  }
}

/// How far a job is, over all its pictures: painters take them one after the other, or together.
const totals = (job) => ({ a: job.step, b: job.steps, i: job.picture + 1, n: job.pics.length });

function nowText(job) {
  if (!job.step && !job.picture) return t("begin");
  if (state.away) return t("awayJob", totals(job));
  return t(job.pics.length > 1 ? "paintingOf" : "painting", totals(job));
}

const leftOf = (job) => (job.left === undefined ? "" : t("left", { s: Math.ceil(job.left) }));

function progress(job) {
  return h("span", { class: "now", role: "progressbar", "aria-label": job.prompt,
    "aria-valuemin": 0, "aria-valuemax": 100, "aria-valuenow": percent(job) }, nowText(job));
}

export function percent(job) {
  const own = job.steps ? job.step / job.steps : 0;
  return Math.min(100, Math.round(((job.picture + own) / job.pics.length) * 100));
}

export function refreshHead(job, section) {
  const now = $(".now", section);
  if (!now) return;
  sayQuarters(job, +now.getAttribute("aria-valuenow"));
  now.setAttribute("aria-valuenow", percent(job));
  now.textContent = nowText(job);
  const left = $(".left", section);
  if (left) left.textContent = leftOf(job);
}

/// Screen readers hear of each quarter of what takes a while.
function sayQuarters(job, before) {
  const quarter = Math.floor(percent(job) / 25);
  if (quarter > Math.floor(before / 25) && quarter < 4 && job.left > 3) {
    say(t("nowP", { p: quarter * 25 }));
  }
}

function doneFacts(job) {
  const button = (label, name, onclick, act) => h("button", { type: "button", class: "quiet",
    "data-act": act, onclick }, icon(name), label);
  const time = job.seconds ? ` · ${figure(job.seconds)} s` : "";
  return [
    job.before ? changeNode(job.before, job) : null,
    job.before ? button(t("compareOld"), "compare", () => emit("open", job, 0, "compare"), "cmp")
      : null,
    job.note.op ? h("span", {}, t("op_" + job.note.op)) : null,
    h("span", {}, job.model + time),
    button(t("reuse"), "recall", () => emit("recall", job), "reuse"),
    h("button", { type: "button", class: "quiet icon", "aria-label": t("forget"),
      "data-tip": t("forget"), onclick: () => emit("forget", job) }, icon("trash")),
  ];
}

const words = (text) => text.split(/\s+|(?<=\p{sc=Han})|(?=\p{sc=Han})/u).filter(Boolean);

/// Whether most of what was said is said again: then it is worth a look what the rest does.
export function isChangeOf(before, prompt) {
  const [old, now] = [words(before), words(prompt)];
  return before !== prompt && old.filter((w) => now.includes(w)).length * 2 >= old.length;
}

/// What was said before, struck, and what is said now.
export function changeNode(before, job) {
  const [old, now] = [words(before.prompt), words(job.prompt)];
  const glue = langOf(job.prompt) === "en" ? " " : "";
  return h("span", { class: "change" },
    h("s", {}, old.filter((w) => !now.includes(w)).join(glue)),
    h("ins", {}, now.filter((w) => !old.includes(w)).join(glue)),
    h("span", {}, "· " + t("sameSeed")));
}
