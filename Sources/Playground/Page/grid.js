// A picture of a job: its frame while it is painted, its caption, its actions.
import { act, actionsFor } from "./actions.js";
import { $, h, icon, iconButton, setVars } from "./dom.js";
import { emit, state } from "./store.js";
import { t } from "./texts.js";

/// Small pictures show their pixels.
export const crisp = (job) => (job.size[0] <= 256 ? "crisp" : "");

export const nameOf = (job, i) =>
  t("open", { i: i + 1, n: job.pics.length, seed: job.pics[i].seed ?? "" });

export const altOf = (job, i) =>
  `${job.prompt}, ${i + 1}/${job.pics.length}, ${t("seed")} ${job.pics[i].seed ?? ""}`;

export function image(job, i, more = {}) {
  const { url, preview } = job.pics[i];
  return h("img", { src: url || preview, class: crisp(job), alt: altOf(job, i), ...more });
}

/// How far picture i is, 0 to 1.
export function share(job, i) {
  if (job.pics[i].hash || i < job.picture) return 1;
  return i === job.picture && job.steps ? job.step / job.steps : 0;
}

export function pictureNode(job, i, { bare } = {}) {
  const picture = job.pics[i];
  const isDone = !!picture.hash;
  const isPainting = !isDone && job.status === "painting";
  const isShown = isDone || picture.preview;
  const frame = h("button", {
    type: "button", class: "frame" + (isShown ? "" : " hatch"), disabled: !isDone,
    "aria-label": isDone ? nameOf(job, i) : t(isPainting ? "inWork" : "queued"),
    tabindex: isDone && i === focusable(job) ? 0 : -1,
    vars: { ar: job.size.join("/"), p: share(job, i) },
    onclick: () => emit("open", job, i), onfocus: () => select(job, i, false),
  });
  if (isShown) frame.append(image(job, i, isDone ? { loading: "lazy" } : previewProps(frame)));
  if (isPainting) frame.append(h("span", { class: "bar" }, h("i")));
  const classes = ["pic", isDone && "done", isPainting && isEarly(job, i) && "early"];
  const node = h("div", { class: classes.filter(Boolean).join(" "), "data-i": i }, frame);
  if (!bare) node.append(h("div", { class: "cap" }, h("span", {}, caption(job, i))));
  if (!bare && isDone) node.append(actionBar(job, i));
  return node;
}

/// A preview that is not there any more leaves the empty frame.
const previewProps = (frame) => ({ alt: "", onerror: (event) => {
  if (!event.target.isConnected) return;
  event.target.remove();
  frame.classList.add("hatch");
} });

const focusable = (job) =>
  (state.selected?.job === job ? state.selected.index : job.pics.findIndex((p) => p.hash));

/// A guess of the first steps is only noise: it is shown blurred.
const isEarly = (job, i) => i === job.picture && share(job, i) < 0.35;

function caption(job, i) {
  const { hash, seed } = job.pics[i];
  if (hash) return `${t("seed")} ${seed}`;
  if (job.status !== "painting" || i !== job.picture) return "";
  return job.step ? t("stepOf", { a: job.step, b: job.steps }) : t("begin");
}

const LOOKS = {
  vary: ["vary1", "varySubtle", "V", "subtle"],
  varyMore: ["vary2", "varyStrong", "Shift V", "strong"],
  upscale: ["up", "upscale", "U", "u"],
  repeat: ["again", "repeat", "R", "r"],
  edit: ["brush", "edit", "E", "e"],
  save: ["save", "save", "S", "s"],
  copy: ["copy", "copy", "", "c"],
};
export const lookOf = (name) => {
  const [picture, label, key, short] = LOOKS[name];
  return { icon: picture, label: t(label), key, short: t(short) };
};

function actionBar(job, i) {
  const one = (name) => {
    const look = lookOf(name);
    const run = () => act(name, job, i);
    const more = { "data-tip": `${look.label}  ${look.key}`.trim(), "data-act": name };
    if (!name.startsWith("vary")) return iconButton(look.label, look.icon, run, more);
    return h("button", { type: "button", class: "quiet", "aria-label": look.label, onclick: run,
      ...more }, icon(look.icon), h("span", {}, look.short));
  };
  const names = actionsFor(job);
  const isVary = (name) => name.startsWith("vary");
  return h("div", { class: "acts", role: "toolbar", "aria-label": nameOf(job, i) },
    h("span", {}, names.filter(isVary).map(one)),
    h("span", {}, names.filter((n) => !isVary(n)).map(one)));
}

/// Numbers, bars and blur after a step; nothing is built anew.
export function refreshPicture(job, i, node) {
  const frame = $(".frame", node);
  setVars(frame, { p: share(job, i) });
  if (job.pics[i].hash) return;
  node.classList.toggle("early", isEarly(job, i));
  const words = $(".cap span", node);
  if (words) words.textContent = caption(job, i);
}

/// At most eight previews a second on the page, and always the newest.
const next = new Map();
let timer;
export function showPreview(job, i, node) {
  next.set(node, [job, i]);
  timer ||= setInterval(flush, 125);
}

async function flush() {
  const first = next.entries().next();
  if (first.done) {
    clearInterval(timer);
    timer = undefined;
    return;
  }
  const [node, [job, i]] = first.value;
  next.delete(node);
  const { preview, hash } = job.pics[i];
  if (!preview || hash) return;
  const loaded = new Image();
  loaded.src = preview;
  try { await loaded.decode(); } catch { return; }
  if (job.pics[i].hash || !node.isConnected) return;
  const frame = $(".frame", node);
  frame.classList.remove("hatch");
  const old = $("img", frame);
  if (old) old.src = preview;
  else frame.prepend(h("img", { src: preview, class: crisp(job), alt: "" }));
}

/// Chooses a picture: the one that keys act on.
export function select(job, index, focus = true) {
  state.selected = { job, index };
  for (const old of document.querySelectorAll(".pic.sel")) old.classList.remove("sel");
  const section = $(`[data-job="${job.key}"]`);
  const node = section && $(`.pic[data-i="${index}"]`, section);
  if (!node) return;
  node.classList.add("sel");
  for (const frame of section.querySelectorAll(".pic .frame")) {
    frame.tabIndex = frame.parentElement === node ? 0 : -1;
  }
  if (focus) $(".frame", node).focus();
  emit("selected");
}
