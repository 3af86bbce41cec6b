// Everything that was painted, by day; typing searches it.
import * as api from "./api.js";
import { $, $$, debounced, h, langOf } from "./dom.js";
import { select } from "./grid.js";
import { known } from "./jobs.js";
import { emit, on, state } from "./store.js";
import { dayOf, t } from "./texts.js";

let found = []; // newest first
let next = null;
let turn = 0;

/// The first page, or the next one.
async function load(isMore) {
  const mine = ++turn;
  const query = $("#search").value.trim();
  try {
    const told = await api.history(query, isMore ? next : null);
    if (mine !== turn) return;
    const items = told.items.map((one) => Object.assign(known(one), { isKept: true }));
    found = isMore ? [...found, ...items] : items;
    next = told.next;
  } catch { return; }
  draw(query);
}

/// One thumbnail a job; the jobs of a comparison or a plot have one together.
function groups() {
  const seen = new Set();
  return found.filter((job) => {
    const group = job.note?.group;
    if (group && seen.has(group)) return false;
    seen.add(group);
    return job.pics.some((p) => p.hash);
  });
}

function draw(query = $("#search").value.trim()) {
  const reel = $("#reel");
  const focus = document.activeElement?.dataset?.past;
  const place = [reel.scrollLeft, reel.scrollTop];
  const nodes = [];
  let day = "";
  for (const job of groups()) {
    if (dayOf(job.created) !== day) {
      day = dayOf(job.created);
      nodes.push(h("h3", {}, day));
    }
    nodes.push(thumb(job));
  }
  if (!nodes.length && query) nodes.push(h("p", { class: "none" }, t("noneFound")));
  if (next) nodes.push(h("button", { type: "button", class: "quiet", "data-past": "more",
    onclick: () => load(true) }, t("older")));
  reel.replaceChildren(...nodes);
  [reel.scrollLeft, reel.scrollTop] = place;
  $("#history").hidden = !found.length && !query;
  if (focus) $(`[data-past="${focus}"]`)?.focus();
}

const onStage = () => state.selected?.job.id;

function thumb(job) {
  const picture = job.pics.find((p) => p.hash);
  return h("button", {
    type: "button", class: "thumb", "aria-label": job.prompt, title: job.prompt,
    "aria-current": job.id === onStage() ? "true" : null, "data-past": job.id,
    onclick: () => show(job),
  }, h("img", { src: picture.thumbnail, alt: "", loading: "lazy",
    class: picture.width <= 64 ? "crisp" : "" }),
  h("small", { lang: langOf(job.prompt) }, job.prompt));
}

/// Puts a job back on the stage.
function show(job) {
  const group = job.note?.group;
  const all = group ? found.filter((j) => j.note?.group === group) : [job];
  const fresh = all.filter((j) => !state.jobs.some((other) => other.id === j.id));
  state.jobs = [...fresh, ...state.jobs];
  const isGroup = group && ["painters", "plot"].includes(job.kind);
  emit("setMode", isGroup ? job.kind : "pictures");
  const own = state.jobs.find((j) => j.id === job.id);
  emit("jobs");
  toggleHistory(false);
  $(`[data-job="${group || own.key}"]`)?.scrollIntoView({ block: "start" });
  if (!isGroup) select(own, own.pics.findIndex((p) => p.hash));
}

export function toggleHistory(isOn = !$("#history").classList.contains("open")) {
  $("#history").classList.toggle("open", isOn);
  $("#histAll").setAttribute("aria-expanded", isOn);
  if (isOn) $("#search").focus();
}
export const isHistoryOpen = () => $("#history").classList.contains("open");

/// The newest jobs, for the stage of a page that was just opened.
export async function newest(limit) {
  await load();
  const keys = groups().slice(0, limit).map((j) => j.note?.group || j.id);
  return found.filter((j) => keys.includes(j.note?.group || j.id));
}

/// The job of a picture, as far as the history was read.
export const past = (hash) => found.find((job) => job.pics.some((p) => p.hash === hash));

const refresh = debounced(150, () => load());
$("#histAll").addEventListener("click", () => toggleHistory());
$("#search").addEventListener("input", debounced(200, () => load()));
on("history ended", refresh);
on("language", () => draw());
on("selected", () => {
  for (const node of $$("#reel .thumb")) {
    if (node.dataset.past === onStage()) node.setAttribute("aria-current", "true");
    else node.removeAttribute("aria-current");
  }
});
