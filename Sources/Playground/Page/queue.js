// The queue: what is painted, what waits, and in which order.
import * as api from "./api.js";
import { $, h, icon, iconButton } from "./dom.js";
import { setPaused } from "./events.js";
import { percent } from "./head.js";
import { cancel, queue, shift } from "./jobs.js";
import { on, state } from "./store.js";
import { pictures, t } from "./texts.js";

function draw() {
  const line = queue();
  $("#queueN").textContent = line.length || "";
  if (!$("#queue").matches(":popover-open")) return;
  const focus = document.activeElement?.dataset?.queue;
  const pause = h("button", { type: "button", class: "quiet", "data-queue": "pause",
    "aria-pressed": state.paused, onclick: togglePause },
  icon(state.paused ? "film" : "pause"), t(state.paused ? "resumeQ" : "pauseQ"));
  $("#queue").replaceChildren(
    h("div", { class: "hd" }, h("h2", {}, t("qTitle")), line.length || state.paused ? pause : null),
    line.length ? h("ol", {}, line.map(entry)) : "",
    h("p", { class: "ft" }, t(line.length ? "qFoot" : "qEmpty")));
  if (focus) $(`[data-queue="${focus}"]`)?.focus();
}

function entry(job, at, line) {
  const isPainting = job.status === "painting";
  const picture = job.pics.find((p) => p.url || p.preview);
  const waiting = line.filter((j) => j.status === "queued");
  const place = waiting.indexOf(job);
  const button = (name, image, run) => iconButton(`${t(name)}: ${job.prompt}`, image, run,
    { "data-queue": `${job.key} ${name}`, "data-tip": t(name) });
  return h("li", { class: "qi" },
    h("span", { class: "th" }, isPainting && picture
      ? h("img", { src: picture.url || picture.preview, alt: "" }) : String(place + 1 || "·")),
    h("div", {}, h("b", {}, job.prompt), h("small", {}, factOf(job))),
    h("span", { class: "btn" },
      place > 0 ? button("earlier", "arrowup", () => shift(job, -1)) : null,
      place >= 0 && place < waiting.length - 1
        ? button("later", "arrowdown", () => shift(job, 1)) : null,
      button("cancel", "x", () => cancel(job))));
}

function factOf(job) {
  if (job.status === "painting") return t("nowP", { p: percent(job) });
  const wait = job.wait > 0 ? ` · ${t("about", { s: Math.ceil(job.wait) })}` : "";
  return pictures(job.pics.length) + (job.status === "unsent" ? ` · ${t("unsent")}` : wait);
}

async function togglePause() {
  const answer = await api.pause(!state.paused).catch(() => null);
  if (answer) setPaused(answer.paused);
}

$("#queue").addEventListener("toggle", draw);
on("jobs job ended paused language away", draw);
on("step", () => { if ($("#queue").matches(":popover-open")) draw(); });
