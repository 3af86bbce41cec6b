// The page's words in two languages, and numbers as they are said.
import { $, $$ } from "./dom.js";
import { emit, keep, kept } from "./store.js";
import en from "./texts.en.js";
import zh from "./texts.zh.js";

const catalogues = { en, zh };
const asked = new URLSearchParams(location.search).get("lang");
export let lang = [asked, kept("lang"), navigator.language.slice(0, 2)].find((l) => l in catalogues)
  || "en";

/// The text of a key, or what stands in for it where the catalogue has none.
export function t(key, values = {}, otherwise = key) {
  const text = catalogues[lang][key] ?? otherwise;
  return text.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
}

export const languageTag = () => (lang === "zh" ? "zh-Hans" : "en");

export function setLanguage(next) {
  lang = next;
  keep("lang", lang);
  translatePage();
  emit("language");
}

/// The texts that index.html holds.
export function translatePage() {
  document.documentElement.lang = languageTag();
  for (const e of $$("[data-t]")) e.textContent = t(e.dataset.t);
  for (const e of $$("[data-tp]")) e.placeholder = t(e.dataset.tp);
  for (const e of $$("[data-ta]")) {
    e.setAttribute("aria-label", t(e.dataset.ta));
    if (e.classList.contains("icon")) e.title = t(e.dataset.ta);
  }
  const button = $("#langBtn");
  button.textContent = lang === "zh" ? "English" : "中文";
  button.lang = lang === "zh" ? "en" : "zh-Hans";
}

/// 1st, 2nd, 11th; in Chinese the bare number.
export function ordinal(n) {
  if (lang === "zh") return n;
  const isTeen = n % 100 > 10 && n % 100 < 14;
  return n + (["th", "st", "nd", "rd"][isTeen ? 0 : n % 10] || "th");
}

/// Seconds in words: "about a second", "about 4 minutes".
export function duration(seconds) {
  if (seconds < 1.5) return t("aboutSecond");
  if (seconds < 90) return t("aboutSeconds", { n: Math.round(seconds) });
  return t("aboutMinutes", { n: Math.round(seconds / 60) });
}

/// Seconds in figures: "0.06", "0.8", "12".
export function figure(seconds) {
  if (!Number.isFinite(seconds)) return "…";
  return seconds < 0.1 ? seconds.toFixed(2) : seconds < 10 ? seconds.toFixed(1)
    : Math.round(seconds).toString();
}

export const pictures = (n) => t(n === 1 ? "onePicture" : "n_pics", { n });

/// The day's name as the history groups by it.
export function dayOf(date) {
  const day = new Date(date);
  const start = (d) => new Date(d.getFullYear(), d.getMonth(), d.getDate());
  const days = Math.round((start(new Date()) - start(day)) / 86400000);
  if (days < 1) return t("today");
  if (days < 2) return t("yesterday");
  const how = days < 7 ? { weekday: "long" } : { year: "numeric", month: "short", day: "numeric" };
  return day.toLocaleDateString(languageTag(), how);
}

export function timeOf(date) {
  const how = { dateStyle: "medium", timeStyle: "short" };
  return new Date(date).toLocaleString(languageTag(), how);
}
