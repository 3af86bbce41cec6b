// Editing: a mask over the picture, or space beyond its edges, and what should be there.
import { $, $$, h, iconButton, setVars, slider } from "./dom.js";
import { image } from "./grid.js";
import { submit } from "./jobs.js";
import { Mask } from "./mask.js";
import { chance, likeJob } from "./request.js";
import { t } from "./texts.js";

const SIDES = { top: "t", bottom: "b", left: "l", right: "r" };
const LABELS = { top: "extT", bottom: "extB", left: "extL", right: "extR" };
const kept = { tool: "brush", size: 34, blur: 4, strength: 0.8, fill: "original",
  isAlone: false };
export let mask = null;

/// `close` closes the viewer.
export function editNodes(view, close) {
  const { job, index } = view;
  const canvas = h("canvas", { tabindex: 0, role: "application", "aria-label": t("maskAlt") });
  mask = new Mask(canvas, ...job.size);
  Object.assign(mask, { tool: kept.tool, size: kept.size });
  const margins = { top: 0, bottom: 0, left: 0, right: 0 };
  const sheet = h("div", { class: "canvas" }, image(job, index), canvas);
  const big = h("div", { class: "big" }, sheet);
  const fit = () => layOut(big, job, margins);
  for (const side of Object.keys(SIDES)) big.append(...extenders(side, big, job, margins, fit));
  fit();
  listen(canvas);
  const main = h("div", { class: "view", tabindex: -1 }, toolbar(margins, fit), big);
  return [main, sideNode(view, margins, close)];
}

/// The picture within the larger canvas that it is to lie on.
function layOut(big, job, { top, bottom, left, right }) {
  const [width, height] = job.size;
  const [w, h] = [width + left + right, height + top + bottom];
  const percent = (value, of) => `${(value / of) * 100}%`;
  setVars(big, { ar: `${w} / ${h}`, ew: percent(width, w), eh: percent(height, h),
    ex: percent(left, w), ey: percent(top, h) });
  big.classList.toggle("extended", w > width || h > height);
}

/// A quarter of the side, in steps that painters take.
const quarter = (length) => Math.max(8, Math.round(length / 32) * 8);
const lengthOf = (job, side) => job.size[["left", "right"].includes(side) ? 0 : 1];

/// A plus button, and an edge of the frame that can be dragged.
function extenders(side, big, job, margins, fit) {
  const most = lengthOf(job, side);
  const set = (value) => {
    margins[side] = Math.max(0, Math.min(most, Math.round(value / 8) * 8));
    fit();
  };
  const plus = h("button", { type: "button", class: `ext ${SIDES[side]}`,
    "aria-label": t(LABELS[side]), title: t(LABELS[side]),
    onclick: () => set(margins[side] + quarter(most)) }, "+");
  const edge = h("span", { class: `edge ${SIDES[side]}`, "aria-hidden": "true" });
  let from = null;
  edge.addEventListener("pointerdown", (event) => {
    edge.setPointerCapture(event.pointerId);
    const scale = job.size[0] / $(".canvas", big).getBoundingClientRect().width;
    from = { x: event.clientX, y: event.clientY, old: margins[side], scale };
    event.preventDefault();
  });
  edge.addEventListener("pointermove", (event) => {
    if (!from) return;
    const across = { left: from.x - event.clientX, right: event.clientX - from.x,
      top: from.y - event.clientY, bottom: event.clientY - from.y }[side];
    set(from.old + across * from.scale);
  });
  edge.addEventListener("pointerup", () => { from = null; });
  return [plus, edge];
}

function listen(canvas) {
  const point = (event) => {
    const box = canvas.getBoundingClientRect();
    return [((event.clientX - box.left) / box.width) * canvas.width,
      ((event.clientY - box.top) / box.height) * canvas.height];
  };
  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    mask.begin(point(event));
  });
  canvas.addEventListener("pointermove", (event) => mask.drag(point(event)));
  for (const name of ["pointerup", "pointercancel"]) {
    canvas.addEventListener(name, () => mask.end());
  }
  canvas.addEventListener("keydown", (event) => {
    const move = { ArrowLeft: [-12, 0], ArrowRight: [12, 0], ArrowUp: [0, -12],
      ArrowDown: [0, 12] }[event.key];
    if (move) mask.nudge(...move);
    else if (event.key === " ") mask.dab();
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
}

function toolbar(margins, fit) {
  const tool = (name, picture) => iconButton(t(name), picture, (event) => {
    mask.tool = kept.tool = name;
    for (const other of $$(".toolbar [data-tool]")) {
      other.setAttribute("aria-pressed", other === event.currentTarget);
    }
  }, { "aria-pressed": kept.tool === name, "data-tool": name });
  const clear = () => {
    for (const side of Object.keys(SIDES)) margins[side] = 0;
    fit();
    mask.clear();
  };
  return h("div", { class: "toolbar", role: "toolbar", "aria-label": t("edit") },
    tool("brush", "brush"), tool("erase", "erase"), tool("rect", "rect"), tool("oval", "oval"),
    h("i"), iconButton(t("undo"), "undo", () => mask.undo(), { "data-act": "undo" }),
    iconButton(t("redo"), "redo", () => mask.redo(), { "data-act": "redo" }),
    h("i"), iconButton(t("invert"), "invert", () => mask.invert(), { "data-act": "invert" }),
    iconButton(t("clear"), "x", clear, { "data-act": "clear" }));
}

/// Wider or narrower, by `[` and `]`.
export function resizeBrush(by) {
  const input = $("#mk-size");
  if (!input) return;
  input.value = +input.value + by;
  input.dispatchEvent(new Event("input"));
}

function sideNode(view, margins, close) {
  const { job } = view;
  const box = h("textarea", { class: "field", id: "editPrompt", rows: 2 });
  box.value = view.words ?? job.prompt;
  const range = (id, label, name, min, max, step = 1) => slider(id, t(label), { min, max, step,
    value: kept[name], change: (value) => {
      kept[name] = value;
      if (name === "size") mask.size = value;
    } });
  const fills = ["original", "surroundings", "noise", "nothing"];
  return h("div", { class: "side" },
    h("div", { class: "set" }, h("label", { for: "editPrompt", class: "lab" }, t("editPrompt")),
      box, h("p", {}, t("editTip"))),
    range("mk-size", "size", "size", 4, 120), range("mk-blur", "feather", "blur", 0, 24),
    range("mk-strength", "strength", "strength", 0.05, 1, 0.05),
    h("div", { class: "set" }, h("label", { for: "mk-fill", class: "lab" }, t("fill")),
      h("select", { id: "mk-fill", class: "field",
        onchange: (e) => { kept.fill = e.target.value; } },
        fills.map((f) => h("option", { value: f, selected: f === kept.fill }, t("fill_" + f))))),
    h("label", { class: "switch" }, t("alone"), h("input", { id: "mk-alone", type: "checkbox",
      checked: kept.isAlone, onchange: (e) => { kept.isAlone = e.target.checked; } })),
    h("p", { class: "tip", id: "mk-say", role: "status" }),
    h("div", { class: "btnrow" },
      h("button", { type: "button", class: "go", id: "repaint",
        onclick: () => repaint(view, margins, close) }, t("repaint"),
      h("kbd", { "aria-hidden": "true" }, "Ctrl ↵"))));
}

/// Sends the picture with its mask, or with its new space: that is painted first.
function repaint({ job, index }, margins, close) {
  const isExtended = Object.values(margins).some((m) => m > 0);
  if (mask.isEmpty && !isExtended) {
    $("#mk-say").textContent = t("emptyMask");
    return;
  }
  const { hash, seed } = job.pics[index];
  const prompt = $("#editPrompt").value.trim() || job.prompt;
  const request = { ...likeJob(job), kind: "edit", source: hash, prompt, count: 4, seed: chance(),
    mask_blur: kept.blur };
  if (isExtended) {
    request.extend = { ...margins };
    // It shows the canvas as it was.
    delete request.controls;
    delete request.guess_mode;
  }
  else {
    Object.assign(request, { mask: mask.address(...job.size), fill: kept.fill,
      strength: kept.strength });
    // An eighth of the picture around it is seen, so that the part fits in.
    if (kept.isAlone) request.padding = Math.round(Math.min(...job.size) / 8);
  }
  close();
  submit(request, { note: { op: isExtended ? "extend" : "edit", seed } });
}

export function submitEdit() {
  $("#repaint")?.click();
}
