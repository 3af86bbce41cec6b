// The stage: jobs, newest first, each with its title, its facts and its pictures.
import { $, $$, h, icon } from "./dom.js";
import { emptyNode } from "./empty.js";
import { pictureNode, refreshPicture, select, showPreview } from "./grid.js";
import { headNode, refreshHead } from "./head.js";
import { retry } from "./jobs.js";
import { paintersNode, refreshPainter } from "./painters.js";
import { plotNode, refreshCell } from "./plot.js";
import { currentModel, modelNamed, on, state } from "./store.js";
import { lang, t } from "./texts.js";

const modeOf = (job) => (["painters", "plot"].includes(job.kind) ? job.kind : "pictures");

/// What the stage shows: a job, or the jobs of a comparison or plot together.
export function items(mode = state.mode) {
  const found = new Map();
  for (const job of state.jobs) {
    if (modeOf(job) !== mode || job.kind === "live" && !job.isKept) continue;
    const key = job.note?.group || job.key;
    if (!found.has(key)) found.set(key, { key, mode, jobs: [] });
    found.get(key).jobs.unshift(job);
  }
  return [...found.values()];
}

export function drawStage() {
  if (state.live) return;
  const stage = $("#stage");
  const list = items();
  const isBusy = state.jobs.some((j) => j.status === "painting");
  const wanted = list.map((item) => nodeFor(item, isBusy));
  if (!wanted.length) wanted.push(beginning());
  const focus = focusIn(stage);
  wanted.forEach((node, at) => {
    if (stage.children[at] !== node) stage.insertBefore(node, stage.children[at] || null);
  });
  while (stage.children.length > wanted.length) stage.lastChild.remove();
  for (const key of nodes.keys()) if (!list.some((item) => item.key === key)) nodes.delete(key);
  focus?.();
}

/// What is there before anything was painted; the same node while it says the same.
let first = { mark: null, node: null };
function beginning() {
  const model = currentModel();
  const mark = JSON.stringify([lang, state.mode, model?.id, model?.seconds]);
  if (first.mark !== mark) first = { mark, node: emptyNode() };
  return first.node;
}

/// The node there is, where nothing but numbers changed; else a new one.
const nodes = new Map();
function nodeFor(item, isBusy) {
  const mark = markOf(item, isBusy);
  const old = nodes.get(item.key);
  if (old?.mark === mark && old.jobs.every((j, i) => j === item.jobs[i])) return old.node;
  const node = build(item, isBusy);
  if (item.jobs.some((j) => j.isNew)) {
    if (!old) node.classList.add("new");
    for (const job of item.jobs) delete job.isNew;
    $("#stage").scrollTop = 0;
  }
  if (old) keepImages(old.node, node);
  old?.node.remove();
  nodes.set(item.key, { node, mark, jobs: item.jobs });
  const chosen = state.selected;
  if (item.jobs.includes(chosen?.job)) setTimeout(() => select(chosen.job, chosen.index, false));
  return node;
}

/// What was loaded stays: nothing flickers, and a server that is away has no previews to give.
function keepImages(old, node) {
  for (const pic of $$(".pic", node)) {
    const { i, job } = pic.dataset;
    const before = $(`.pic[data-i="${i}"]${job ? `[data-job="${job}"]` : ""} img`, old);
    const now = $("img", pic);
    if (!now || !before?.naturalWidth) continue;
    if (before.src !== now.src && pic.classList.contains("done")) continue;
    before.alt = now.alt;
    before.className = now.className;
    now.replaceWith(before);
  }
}

function markOf(item, isBusy) {
  const facts = item.jobs.map((j) => [
    j.status, j.error?.code,
    j.status === "queued" && [j.place, Math.round(j.wait ?? -1), isBusy, state.paused],
    j.status === "painting" && state.away, j.retryIn, j.pics.length, j.size,
    j.status === "done" && j.pics.map((p) => p.hash),
  ]);
  return JSON.stringify([lang, item.jobs.length, facts]);
}

function build(item, isBusy) {
  const [job] = item.jobs;
  if (item.mode === "painters") return paintersNode(item);
  if (item.mode === "plot") return plotNode(item);
  const props = { class: "job", "data-job": job.key, "aria-label": job.prompt };
  if (["queued", "unsent"].includes(job.status) && isBusy) {
    const squares = job.pics.slice(0, 4).map(() => h("i"));
    return h("section", { ...props, class: "job brief" },
      h("span", { class: "mini", "aria-hidden": "true" }, squares), headNode(job));
  }
  const body = job.status === "failed" ? failureNode(job)
    : h("div", { class: "grid" }, job.pics.map((_, i) => pictureNode(job, i)));
  return h("section", props, headNode(job), body);
}

/// What went wrong, and the way out that its code allows.
export function failureNode(job) {
  const isBlocked = /block|content|moderation|safety/.test(job.error?.code || "");
  const isMemory = job.error?.code === "out_of_memory";
  const native = modelNamed(job.model)?.sizes[0];
  const again = (label, changes, kind) => h("button", {
    type: "button", class: kind, onclick: () => retry(job, changes) }, label);
  const ways = isBlocked ? null : h("div", { class: "btns" },
    again(t("retry"), {}, "go line"),
    isMemory && native ? again(t("smaller", { size: native.join(" × ") }),
      { width: native[0], height: native[1] }, "go") : null);
  return h("div", { class: "fail", role: "alert" }, icon("warn"),
    h("div", {}, h("b", {}, t(isBlocked ? "blockedT" : "failedT")),
      h("p", {}, reasonOf(job.error))), ways);
}

/// What the policy refuses is said in the page's language.
function reasonOf(error) {
  const refused = error?.moderation?.refused;
  if (!refused?.length) return error?.message || "";
  const all = refused.map((name) => t("mod_" + name.split("/")[0], {}, name));
  return t("blockedWhy", { what: [...new Set(all)].join(t("comma")) });
}

/// Where the focus was, to be put back when nodes were built anew.
function focusIn(stage) {
  const at = document.activeElement;
  if (!stage.contains(at)) return null;
  const key = at.closest("[data-job]")?.dataset.job;
  const index = at.closest(".pic")?.dataset.i;
  const act = at.dataset.act;
  return () => {
    if (document.activeElement === at || !key) return;
    const section = $(`[data-job="${key}"]`);
    const pic = section && index !== undefined && $(`.pic[data-i="${index}"]`, section);
    const to = pic ? (act && $(`[data-act="${act}"]`, pic)) || $(".frame", pic) : null;
    (to || $("#stage")).focus({ preventScroll: true });
  };
}

const sectionOf = (job) => $(`[data-job="${job.key}"]`);
const picOf = (job, i) => {
  const section = sectionOf(job);
  return section && $(`.pic[data-i="${i}"]`, section);
};

on("jobs job away language model paused", drawStage);
on("mode", drawStage);
on("step", (job) => {
  const section = sectionOf(job);
  if (!section) return;
  refreshHead(job, section);
  if (job.kind === "painters") return refreshPainter(job, section);
  if (job.kind === "plot") return refreshCell(job, section);
  $$(".pic", section).forEach((node, i) => refreshPicture(job, i, node));
});
on("preview", (job, i) => {
  const node = picOf(job, i);
  if (node) showPreview(job, i, node);
});
on("image", (job, i) => {
  const node = picOf(job, i);
  if (!node || modeOf(job) !== "pictures") return drawStage();
  const had = node.contains(document.activeElement);
  const fresh = pictureNode(job, i);
  node.replaceWith(fresh);
  if (had) $(".frame", fresh).focus();
});
// What is done is what keys act on, unless somebody is at another picture.
on("done", (job) => {
  const isAway = document.activeElement?.closest(".pic") || $("dialog[open]");
  if (modeOf(job) === "pictures" && job.kind !== "live" && !isAway) select(job, 0, false);
});
