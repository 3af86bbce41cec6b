// The prompt bar: the words, and the row of choices below them.
import * as api from "./api.js";
import { $, $$, debounced, h, icon, setVars } from "./dom.js";
import { chance, hasSteps, seedInForm } from "./request.js";
import { currentModel, emit, isQuick, keep, kept, modelNamed, on, state } from "./store.js";
import { stylesOf } from "./styles.js";
import { pictures, t } from "./texts.js";
import { showWords } from "./words.js";

const prompt = $("#prompt");

export function fillForm() {
  const { models, qualities, limits } = state.capabilities;
  const chosen = $("#model").value || kept("model") || state.capabilities.default_model;
  fill($("#model"), models.map((m) => [m.id, m.id]), chosen);
  const counts = [1, 4, 9].filter((n) => n <= (limits?.max_count ?? 9));
  fill($("#count"), counts.map((n) => [n, pictures(n)]), $("#count").value || kept("count") || 4);
  const names = Object.keys(qualities || {});
  fill($("#quality"), names.map((q) => [q, t("q_" + q, {}, q)]), $("#quality").value || "normal");
  modelChanged();
}

function fill(select, options, chosen) {
  select.replaceChildren(...options.map(([value, label]) => h("option", { value }, label)));
  select.value = chosen;
  if (select.selectedIndex < 0) select.selectedIndex = 0;
}

/// What the chosen painter can do decides which choices there are.
export function modelChanged() {
  const model = currentModel();
  if (!model) return;
  state.settings = kept("settings." + model.id, {});
  $("#qualityPick").hidden = !hasSteps(model) || $("#quality").options.length < 2;
  showLive();
  fillShapes(model);
  fillStyles(model);
  emit("model");
  measure();
}

export function showLive() {
  $("#live").hidden = state.mode !== "pictures" || !isQuick(currentModel());
}

// How long a picture takes here is known once one was painted.
on("done", (job) => {
  const model = modelNamed(job.model);
  if (!model || !(job.seconds > 0) || job.kind === "live") return;
  model.seconds ??= job.seconds / job.pics.length;
  showLive();
});

async function fillStyles(model) {
  const names = await stylesOf(model.id);
  if (currentModel().id !== model.id) return;
  const chosen = $("#style").value;
  fill($("#style"), [["", t("s_none")], ...names.map((n) => [n, t("s_" + n)])], chosen);
  $("#stylePick").hidden = !names.length;
}

/// The square, the pair nearest to a photograph's 3:2, the widest pair; and the size of a picture
/// whose settings were taken over.
export function shapesOf(model, chosen) {
  const ratio = ([width, height]) => width / height;
  const wide = model.sizes.filter((size) => ratio(size) > 1);
  const near = wide.toSorted((a, b) => Math.abs(ratio(a) - 1.5) - Math.abs(ratio(b) - 1.5))[0];
  const widest = wide.toSorted((a, b) => ratio(b) - ratio(a))[0];
  const pairs = [near, widest].filter(Boolean).flatMap(([w, h]) => [[w, h], [h, w]]);
  const names = [model.sizes[0], ...pairs].map((size) => size.join("x"));
  if (chosen) names.push(chosen);
  return [...new Set(names)];
}

export function fillShapes(model, size) {
  const kept = $("#shapes [aria-checked=true]")?.dataset.size;
  const chosen = size || (model.sizes.some((s) => s.join("x") === kept) ? kept : undefined);
  const names = shapesOf(model, chosen);
  const at = Math.max(0, names.indexOf(chosen));
  $("#shapes").replaceChildren(...names.map((name, i) => {
    const [width, height] = name.split("x").map(Number);
    const kind = width === height ? "shape_sq" : width > height ? "shape_wide" : "shape_tall";
    const label = `${t(kind)}, ${width} × ${height}`;
    const scale = 15 / Math.max(width, height);
    return h("button", { type: "button", role: "radio", "aria-checked": i === at,
      "aria-label": label, "data-tip": label, tabindex: i === at ? 0 : -1,
      "data-size": name, onclick: () => chooseShape(i) },
    h("i", { vars: { w: `${width * scale}px`, h: `${height * scale}px` } }));
  }));
  $("#shapes").hidden = names.length < 2;
}

export function chooseShape(index, focus = false) {
  $$("#shapes button").forEach((button, i) => {
    button.setAttribute("aria-checked", i === index);
    button.tabIndex = i === index ? 0 : -1;
    if (i === index && focus) button.focus();
  });
}

/// Width and height change places.
export function swapShape() {
  const buttons = $$("#shapes button");
  const now = buttons.findIndex((b) => b.getAttribute("aria-checked") === "true");
  const [width, height] = (buttons[now]?.dataset.size || "").split("x");
  const other = buttons.findIndex((b) => b.dataset.size === `${height}x${width}`);
  if (other >= 0 && other !== now) chooseShape(other);
  else if (width === height && buttons.length > 1) chooseShape(now ? 0 : 1);
}

$("#shapes").addEventListener("keydown", (event) => {
  const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
  if (!step) return;
  event.preventDefault();
  event.stopPropagation();
  const buttons = $$("#shapes button");
  const now = buttons.findIndex((b) => b.getAttribute("aria-checked") === "true");
  chooseShape((now + step + buttons.length) % buttons.length, true);
});

/// The seed: by chance, until a number is typed or the dice is pressed.
export function lockSeed(isOn, seed) {
  if (isOn) $("#seed").value = seed ?? (seedInForm() ?? lastSeed());
  else $("#seed").value = "";
  showLock();
}

const lastSeed = () =>
  state.selected?.job.pics[state.selected.index]?.seed ?? chance() % 10000;

export const isLocked = () => seedInForm() !== undefined;

function showLock() {
  const dice = $("#dice");
  dice.setAttribute("aria-pressed", isLocked());
  dice.replaceChildren(icon(isLocked() ? "lock" : "dice"));
}

$("#dice").addEventListener("click", () => lockSeed(!isLocked()));
$("#seed").addEventListener("input", () => {
  const box = $("#seed");
  box.value = box.value.replace(/\D/g, "");
  showLock();
});

// The words.

export function setPrompt(text) {
  prompt.value = text;
  keep("draft", text);
  measure();
}

prompt.addEventListener("input", (event) => {
  keep("draft", prompt.value);
  measure();
  if (!event.isComposing) emit("typed");
});
prompt.addEventListener("scroll", () => { $("#under").scrollTop = prompt.scrollTop; });
prompt.addEventListener("compositionend", () => emit("typed"));

/// Grows with its text where the browser does not see to it.
function grow() {
  if (CSS.supports("field-sizing", "content")) return;
  setVars(prompt, { rows: "auto" });
  setVars(prompt, { rows: `${Math.min(150, prompt.scrollHeight)}px` });
}

let asking;
const ask = debounced(250, async () => {
  const [model, text] = [currentModel(), prompt.value];
  asking?.abort();
  if (!text.trim() || !model || state.away) return showWords(model, text, null);
  asking = new AbortController();
  try {
    showWords(model, text, await api.tokenize(model.id, text, asking.signal));
  } catch { /* The words are only a help. */ }
});

export function measure() {
  grow();
  const words = $("#under");
  words.replaceChildren();
  ask();
}

/// Weight of the selection or the word at the caret: (word:1.1).
export function weigh(by) {
  const text = prompt.value;
  let [start, end] = [prompt.selectionStart, prompt.selectionEnd];
  if (start === end) {
    while (start > 0 && /\S/.test(text[start - 1])) start--;
    while (end < text.length && /\S/.test(text[end])) end++;
  }
  const [, inner, old] = /^\((.*):([\d.]+)\)$/s.exec(text.slice(start, end))
    || [null, text.slice(start, end), "1"];
  if (!inner) return;
  const weight = Math.max(0, +old + by);
  const isPlain = Math.abs(weight - 1) < 0.01;
  prompt.setRangeText(isPlain ? inner : `(${inner}:${weight.toFixed(1)})`, start, end, "select");
  prompt.dispatchEvent(new Event("input"));
}

// Between form, address and jobs.

/// Fills the form with how a job was painted.
export function fillFrom({ model, prompt: words, seed, size, count, values = {} }) {
  if (modelNamed(model) && model !== $("#model").value) {
    $("#model").value = model;
    keep("model", model);
  }
  const painter = currentModel();
  state.settings = { ...values };
  keep("settings." + painter.id, state.settings);
  modelChanged();
  if (words !== undefined) setPrompt(words);
  $("#style").value = "";
  $("#quality").value = "normal";
  const box = $("#count");
  if (count > 0 && count <= 16) {
    // A program may have asked for any number.
    if (![...box.options].some((option) => +option.value === count)) {
      box.append(h("option", { value: count }, String(count)));
    }
    box.value = count;
  }
  if (size) fillShapes(painter, size.join("x"));
  lockSeed(seed !== undefined, seed);
  emit("settings");
}

export function readAddress() {
  const asked = new URLSearchParams(location.search);
  if (!asked.has("p")) return false;
  const number = (name) => (/^\d+$/.test(asked.get(name) || "") ? +asked.get(name) : undefined);
  const [w, h] = [number("w"), number("h")];
  // An address that names none is of the usual one.
  const named = asked.get("m") ?? state.capabilities.default_model;
  const model = modelNamed(named) ? named : currentModel().id;
  fillFrom({ model, prompt: asked.get("p"), seed: number("s"), count: number("n"),
    size: w && h ? [w, h] : undefined, values: kept("settings." + model, {}) });
  return true;
}

export function writeAddress(request) {
  const values = new URLSearchParams({ p: prompt.value.trim() });
  if (request.model !== state.capabilities.default_model) values.set("m", request.model);
  if (isLocked()) values.set("s", request.seed);
  if (request.count !== 4) values.set("n", request.count);
  if (request.width) values.set("w", request.width);
  if (request.height) values.set("h", request.height);
  const language = new URLSearchParams(location.search).get("lang");
  if (language) values.set("lang", language);
  history.replaceState(history.state, "", "?" + values + location.hash);
}

$("#model").addEventListener("change", () => {
  keep("model", $("#model").value);
  modelChanged();
});
$("#count").addEventListener("change", () => keep("count", +$("#count").value));
on("language", () => {
  if (state.capabilities) fillForm();
});
