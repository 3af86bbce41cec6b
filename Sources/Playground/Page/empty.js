// What is on the stage before anything was painted: a sentence, and where to begin.
import { $, h, icon, langOf } from "./dom.js";
import { currentModel, emit, on, state } from "./store.js";
import { duration, lang, t } from "./texts.js";

const EXAMPLES = {
  en: [["a blue car on a yellow background", "car"], ["an orange cat on a blue background", "cat"],
    ["a line drawing of a sailboat", "sailboat"]],
  zh: [["一只紫色的大象，绿色背景", "elephant"], ["一只黄色的鸭子", "duck"],
    ["一个热气球，蓝色背景", "balloon"]],
};
const CHANCE = {
  en: ["a castle", "three red balloons", "a snowman", "a brown bear on a green background",
    "two penguins", "a pink flower", "a purple elephant on a yellow background"],
  zh: ["一棵圣诞树", "一座城堡", "一朵粉色的花", "两只企鹅", "一个雪人", "一只棕色的熊，绿色背景"],
};

export function emptyNode() {
  const model = currentModel();
  if (!model) {
    return h("div", { class: "empty" }, h("h2", { class: "hero" }, t("hello")),
      h("p", {}, t("noModel")));
  }
  const one = ([prompt, name]) => h("button", { type: "button", class: "try",
    onclick: () => paint(prompt) },
  h("span", { class: "frame" }, h("img", { src: `example-${name}.webp`, class: "crisp", alt: "" })),
  h("span", { class: "q", lang: langOf(prompt) }, prompt));
  const any = h("button", { type: "button", class: "try any", onclick: surprise },
    h("span", { class: "frame" }, icon("dice")), h("span", { class: "q" }, t("surprise")));
  const [title, words] = {
    painters: [t("helloPainters"), t("tellPainters")], plot: [t("helloPlot"), t("tellPlot")],
  }[state.mode] || [t("hello"), greeting(model)];
  return h("div", { class: "empty" }, h("h2", { class: "hero" }, title), h("p", {}, words),
    h("div", { class: "tries" }, EXAMPLES[lang].map(one), any));
}

function greeting(model) {
  const { loopback, needs_key: needsKey } = state.capabilities;
  const first = model.seconds
    ? t("helloTime", { model: model.id, s: duration(model.seconds * 4) }) : null;
  return [first, loopback && !needsKey ? t("helloLocal") : null, t("helloBegin")]
    .filter(Boolean).join(lang === "zh" ? "" : " ");
}

function surprise() {
  const { things = [] } = currentModel();
  const own = things.length && lang === "en" ? things.map((thing) => `a ${thing}`) : [];
  const list = own.length && Math.random() < 0.3 ? own : CHANCE[lang];
  paint(list[Math.floor(Math.random() * list.length)]);
}

function paint(prompt) {
  const box = $("#prompt");
  box.value = prompt;
  box.dispatchEvent(new Event("input"));
  emit("paint");
}

on("capabilities", () => emit("jobs"));
