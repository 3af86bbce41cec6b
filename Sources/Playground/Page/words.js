// What the painter makes of the words: how many pieces, and which it has never been shown.
import { $, h, isHan } from "./dom.js";
import { state } from "./store.js";
import { lang, t } from "./texts.js";

export function showWords(model, text, told) {
  const count = $("#tokens");
  count.textContent = told ? `${told.count} / ${told.window}` : "";
  count.classList.toggle("over", !!told?.cut);
  count.title = told ? t("pieces") : "";
  const unknown = (told?.unknown || []).map((u) => u.word);
  underline(text, unknown);
  const hint = $("#hint");
  hint.replaceChildren(...sentence(model, text, told, unknown));
  hint.hidden = !hint.childNodes.length;
}

/// A wavy line under words that were never learnt, behind the text.
function underline(text, unknown) {
  const under = $("#under");
  under.replaceChildren();
  if (!unknown.length) return;
  const plain = unknown.map((w) => w.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  const edge = (w) => (isHan(w) ? w : `(?<![\\p{L}])${w}(?![\\p{L}])`);
  let last = 0;
  for (const hit of text.matchAll(new RegExp(plain.map(edge).join("|"), "giu"))) {
    under.append(text.slice(last, hit.index), h("u", {}, hit[0]));
    last = hit.index + hit[0].length;
  }
  under.append(text.slice(last));
}

function sentence(model, text, told, unknown) {
  if (!told) return [];
  if (told.cut) return [t("tooLong", { model: model.id, n: told.window })];
  if (isHan(text) && model.languages && !model.languages.includes("zh")) return noChinese(model);
  if (!unknown.length) return [];
  const words = unknown.slice(0, 6).join(lang === "zh" ? "、" : ", ");
  const [before, after] = t("unknown", { model: model.id, words: "\u0001" }).split("\u0001");
  const nearest = told.unknown.flatMap((u) => u.nearest || []).slice(0, 3);
  const instead = nearest.length
    ? [lang === "zh" ? "" : " ", t("nearest", { words: nearest.join(lang === "zh" ? "、" : ", ") })]
    : [];
  return [before, h("b", {}, words), after, ...instead];
}

function noChinese(model) {
  const other = state.capabilities.models.find((m) => m.languages?.includes("zh"));
  const use = () => {
    $("#model").value = other.id;
    $("#model").dispatchEvent(new Event("change"));
  };
  return [t("noChinese", { model: model.id }), other ? " " : "", other ? h("button", {
    type: "button", class: "link", onclick: use }, t("paintWith", { model: other.id })) : ""];
}
