// One picture large: look at it, edit it, compare it.
import { act, actionsFor } from "./actions.js";
import { playButton } from "./animate.js";
import * as api from "./api.js";
import { compareNodes } from "./compare.js";
import { $, h, icon, iconButton, setVars } from "./dom.js";
import { editNodes } from "./edit.js";
import { image, lookOf, select } from "./grid.js";
import { titleNode } from "./head.js";
import { explained, wordsNode } from "./heat.js";
import { factsOf, hasSteps } from "./request.js";
import { can, emit, modelNamed, on } from "./store.js";
import { figure, t, timeOf } from "./texts.js";

/// Pixels that a finger goes across before it means the next picture.
const SWIPE = 48;

const viewer = $("#viewer");
export let view = null;
export const isOpen = () => viewer.open;

export function openView(job, index, how = "look", more = {}) {
  view = { job, index, how, ...more };
  draw();
  if (!viewer.open) viewer.showModal();
  const hash = "#i=" + job.pics[index].hash;
  if (location.hash !== hash) {
    const isFirst = !location.hash.startsWith("#i=");
    history[isFirst ? "pushState" : "replaceState"]({ viewer: true }, "", hash);
  }
  $(".view", viewer)?.focus();
}

const closeView = () => viewer.close();

/// Closes it for what comes next.
function leave() {
  view.isLeft = true;
  viewer.close();
}

viewer.addEventListener("close", () => {
  if (location.hash.startsWith("#i=")) {
    if (history.state?.viewer) history.back();
    else history.replaceState(null, "", location.pathname + location.search);
  }
  view.close?.();
  const { job, index, isLeft } = view;
  // What it was left for has the focus.
  select(job, index, !isLeft);
});
addEventListener("popstate", () => {
  if (viewer.open && !location.hash.startsWith("#i=")) viewer.close();
});

/// The picture before or after, around the job's pictures that are done.
export function step(by) {
  const done = view.job.pics.map((p, i) => (p.hash ? i : -1)).filter((i) => i >= 0);
  const at = done.indexOf(view.index);
  openView(view.job, done[(at + by + done.length) % done.length], view.how);
}

function draw() {
  const { job, index, how } = view;
  viewer.className = "viewer" + (how === "edit" ? " editing" : "");
  viewer.setAttribute("aria-label", job.prompt);
  const isChange = job.before || job.source;
  const title = { edit: t("editTitle"), compare: t(isChange ? "cmpTitle" : "cmp") }[how]
    || `${index + 1} / ${job.pics.length}`;
  const back = how === "look" ? null : h("button", { type: "button", class: "quiet",
    onclick: () => openView(job, index) }, icon("left"), t("back"));
  const head = h("header", {}, iconButton(t("close"), "x", closeView, { id: "vclose" }),
    h("span", { class: "grow" }, title), back);
  const nodes = { look: lookNodes, edit: editNodes, compare: compareNodes }[how](view, closeView);
  viewer.replaceChildren(head, ...nodes);
}

function lookNodes({ job, index }) {
  const shown = image(job, index);
  const big = h("div", { class: "big", "data-i": index, vars: { ar: job.size.join("/") } }, shown);
  const arrow = (name, side, by) => h("button", { type: "button", class: `quiet nav ${side}`,
    "aria-label": t(name), onclick: () => step(by) }, icon(by < 0 ? "left" : "right"));
  const isOne = job.pics.filter((p) => p.hash).length < 2;
  if (!isOne) listenToSwipes(big);
  const main = h("div", { class: "view", tabindex: -1 }, big,
    h("p", { class: "sign" }, h("span", {}, t("sign", { model: job.model })),
      h("span", {}, `${t("seed")} ${job.pics[index].seed}`)),
    scrubber(job, index, shown), playButton(job, shown),
    isOne ? null : [arrow("prev", "l", -1), arrow("next", "r", 1)]);
  return [main, sideNode(job, index, big)];
}

/// A finger that goes across the picture turns to the next one.
function listenToSwipes(big) {
  let from = null;
  big.addEventListener("pointerdown", (event) => {
    from = event.pointerType === "touch" && event.isPrimary ? event.clientX : null;
  });
  big.addEventListener("pointerup", (event) => {
    const way = from === null ? 0 : event.clientX - from;
    from = null;
    if (Math.abs(way) > SWIPE) step(way < 0 ? 1 : -1);
  });
}

/// Through the steps of a picture whose previews are still there, or that is painted again.
function scrubber(job, index, shown) {
  const { stages = [] } = job.pics[index];
  if (stages.length >= 2) return sliderNode(job, index, shown, stages, job.steps);
  if (!can(job.model, "explain") || !hasSteps(modelNamed(job.model))) return null;
  const button = h("button", { type: "button", class: "quiet", "data-act": "steps",
    onclick: () => stepsAgain(job, index, shown, button) }, icon("film"), t("showSteps"));
  return button;
}

async function stepsAgain(job, index, shown, button) {
  const { hash } = job.pics[index];
  button.disabled = true;
  button.lastChild.textContent = t("paintingAgain");
  const all = (await explained(hash))?.steps?.filter((s) => s.picture) || [];
  const stages = all.map(({ step }) => ({ step, src: api.explainedStep(hash, step) }));
  const node = all.length > 1 && sliderNode(job, index, shown, stages, all.at(-1).step);
  if (node) button.replaceWith(node);
  else button.lastChild.textContent = t("noSteps");
  $("input", node || button)?.focus();
}

/// A slider over what there is of the steps; the picture itself is the last of them.
function sliderNode(job, index, shown, stages, last) {
  const all = [...stages.filter((s) => s.step < last), { step: last, src: job.pics[index].url }];
  const words = ({ step: a }) => t("stepOf", { a, b: last });
  const out = h("output", {}, words(all.at(-1)));
  const input = h("input", { type: "range", min: 1, max: all.length, value: all.length,
    "aria-label": t("step"), "aria-valuetext": words(all.at(-1)), vars: { v: "100%" },
    oninput: () => {
      const at = all[input.value - 1];
      shown.src = at.src;
      out.textContent = words(at);
      input.setAttribute("aria-valuetext", words(at));
      setVars(input, { v: `${((input.value - 1) / (all.length - 1)) * 100}%` });
    } });
  const node = h("label", { class: "scrub" }, t("step"), input, out);
  // The server keeps the newest previews only.
  for (const { src } of all) {
    const loaded = new Image();
    loaded.onerror = () => node.remove();
    loaded.src = src;
  }
  return node;
}

function sideNode(job, index, big) {
  const isLit = can(job.model, "explain");
  const button = (name) => {
    const look = lookOf(name);
    return h("button", { type: "button", title: look.label, "data-act": name,
      onclick: () => run(name) }, icon(look.icon), look.short);
  };
  const compare = h("button", { type: "button", title: t("compareTip"), "data-act": "compare",
    onclick: () => openView(job, index, "compare") }, icon("compare"), t("cmp"));
  return h("div", { class: "side" },
    isLit ? wordsNode(job, () => [big]) : titleNode(job),
    isLit ? h("p", { class: "tip" },
      t(modelNamed(job.model).family === "gan" ? "hoverChanged" : "hoverWords")) : null,
    h("div", { class: "acts2" }, actionsFor(job).map(button), compare),
    factsNode(job, index),
    job.warnings?.length ? h("p", { class: "tip" }, job.warnings.join(" ")) : null,
    h("div", { class: "btnrow" },
      h("button", { type: "button", class: "go line", onclick: () => use(job, index) },
        icon("recall"), t("recall")),
      can(job.model, "edit") ? h("button", { type: "button", class: "go line",
        onclick: () => startFrom(job, index) }, icon("brush"), t("d_start")) : null));
}

/// An action closes the viewer, so that what it paints is seen; saving does not.
export function run(name) {
  const { job, index } = view;
  if (!["save", "copy", "edit"].includes(name)) leave();
  act(name, job, index);
}

function use(job, index) {
  leave();
  emit("recall", job, index);
}

function startFrom(job, index) {
  leave();
  emit("start", job.pics[index]);
}

/// What the picture was painted with; what can be taken over alone has a button.
function factsNode(job, index) {
  const row = (name, value, change) => h("div", {}, h("dt", {}, name), h("dd", {}, value),
    h("dd", {}, change ? h("button", { type: "button", class: "quiet",
      "aria-label": `${t("useIt")}: ${name}`, onclick: () => emit("use", change) },
    t("useIt")) : null));
  return h("dl", { class: "kv" },
    row(t("set_model"), job.model, { model: job.model }),
    row(t("set_seed"), String(job.pics[index].seed), { seed: job.pics[index].seed }),
    row(t("set_size"), job.size.join(" × "), { size: job.size }),
    factsOf(job).map(([label, text, id, value]) => row(label, text, { field: id, value })),
    job.seconds ? row(t("set_time"), `${figure(job.seconds)} s`) : null,
    row(t("set_date"), timeOf(job.created)));
}

on("open", openView);
on("image", (job, i) => {
  if (viewer.open && view.job === job && view.index === i && view.how === "look") draw();
});
