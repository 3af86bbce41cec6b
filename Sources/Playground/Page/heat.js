// The words of a title, and where each of them went in the pictures.
import * as api from "./api.js";
import { $, $$, h, langOf } from "./dom.js";

const told = new Map();

/// What explains a picture, asked for once; null where nobody knows.
export function explained(hash) {
  if (!told.has(hash)) told.set(hash, api.explain(hash).catch(() => null));
  return told.get(hash);
}

/// A title whose words can be pointed at; `frames` are the pictures they light up in.
export function wordsNode(job, frames) {
  const title = h("h2", { class: "title", lang: langOf(job.prompt) });
  const pieces = new Intl.Segmenter(langOf(job.prompt), { granularity: "word" })
    .segment(job.prompt);
  let isFirst = true;
  for (const { segment, index, isWordLike } of pieces) {
    if (!isWordLike) {
      title.append(segment);
      continue;
    }
    title.append(wordNode(job, segment, index, frames, title, isFirst));
    isFirst = false;
  }
  return title;
}

function wordNode(job, text, index, frames, title, isFirst) {
  const word = h("span", { class: "w", role: "button", tabindex: isFirst ? 0 : -1 }, text);
  const set = (isOn) => {
    word.classList.toggle("on", isOn);
    light(job, frames(), isOn ? { text, index } : null, title);
  };
  for (const name of ["mouseenter", "focus"]) word.addEventListener(name, () => set(true));
  for (const name of ["mouseleave", "blur"]) word.addEventListener(name, () => set(false));
  word.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    const all = $$(".w", title);
    const next = step && all[all.indexOf(word) + step];
    if (!next) return;
    event.preventDefault();
    event.stopPropagation();
    word.tabIndex = -1;
    next.tabIndex = 0;
    next.focus();
  });
  return word;
}

let wanted = 0;
async function light(job, frames, word, title) {
  const turn = ++wanted;
  for (const frame of frames) $("canvas.heat", frame)?.remove();
  title.classList.toggle("asks", !!word);
  if (!word) return;
  await Promise.all(frames.map(async (frame) => {
    const index = frame.parentElement.dataset.i ?? frame.dataset.i;
    const map = await mapOf(job.pics[index]?.hash, job.prompt, word);
    if (map && turn === wanted) frame.append(shade(map));
  }));
  if (turn === wanted) title.classList.remove("asks");
}

/// The map of the stretch of the prompt that a word is: the mean of those of its pieces.
async function mapOf(hash, prompt, { text, index }) {
  if (!hash) return null;
  const known = await explained(hash);
  const own = placed(known?.texts?.[0]?.words || [], prompt.toLowerCase())
    .filter((w) => w.start < index + text.length && w.end > index).map((w) => w.map);
  return own.length ? mean(own) : null;
}

/// Where in the prompt each word stands: they come in its order.
function placed(words, prompt) {
  let from = 0;
  return words.map(({ text, map }) => {
    const start = prompt.indexOf(text.toLowerCase(), from);
    if (start < 0) return { start: -1, end: -1, map };
    from = start + text.length;
    return { start, end: from, map };
  });
}

/// Each map has a scale of its own, from its least to its most.
function mean(all) {
  const { width, height } = all[0];
  const values = all[0].values.map((_, i) => all.reduce((sum, m) => sum + m.values[i], 0));
  const [least, most] = [Math.min(...values), Math.max(...values)];
  return { width, height, values: values.map((v) => (v - least) / (most - least || 1)) };
}

/// The word's part stays lit, the rest dims: right on any picture, no scale to learn.
function shade({ values, width, height }) {
  const canvas = h("canvas", { class: "heat", width, height, "aria-hidden": "true" });
  const context = canvas.getContext("2d");
  const data = context.createImageData(width, height);
  values.forEach((value, i) => data.data.set([14, 15, 17, 225 * (1 - value)], i * 4));
  context.putImageData(data, 0, 0);
  return canvas;
}
