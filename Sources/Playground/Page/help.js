// The list of keys.
import { $, h, iconButton } from "./dom.js";
import { emit, keep, on, state } from "./store.js";
import { t } from "./texts.js";

const box = $("#help");
const SECTIONS = [
  ["k_make", [["k1", "Enter", "Ctrl Enter"], ["k2", "/"], ["k3", "Esc"], ["k4", "Ctrl", "↑ ↓"],
    ["k5", "D"], ["k6", "X"], ["k20", "Q"]]],
  ["k_look", [["k7", "1", "…", "9"], ["k8", "←", "→"], ["k9", "Enter", "I"], ["k10", "C"],
    ["k11", "H"], ["k19", "?"]]],
  ["k_change", [["k12", "V", "Shift V"], ["k13", "U"], ["k14", "R"], ["k15", "E"], ["k16", "S"]]],
  ["k_mask", [["k17", "[", "]"], ["k18", "Ctrl Z", "Ctrl Y"], ["k21", "← ↑ → ↓", "Space"]]],
];

export function openHelp() {
  draw();
  box.showModal();
}

function draw() {
  const line = ([name, ...keys]) => h("p", {}, h("span", {}, t(name)),
    h("span", {}, keys.map((key) => h("kbd", {}, key))));
  box.setAttribute("aria-label", t("helpT"));
  box.replaceChildren(
    h("header", {}, h("h2", { tabindex: -1, autofocus: true }, t("helpT")),
      iconButton(t("close"), "x", () => box.close())),
    h("div", { class: "keys" }, SECTIONS.map(([title, lines]) =>
      h("section", {}, h("h3", {}, t(title)), lines.map(line)))),
    h("label", { class: "switch" }, t("helpOff"), h("input", { type: "checkbox",
      checked: state.page.shortcuts !== false, onchange: (e) => {
        state.page.shortcuts = e.target.checked;
        keep("page", state.page);
        emit("page");
      } })));
}

box.addEventListener("click", (event) => {
  if (event.target === box && !("asks" in box.dataset)) box.close();
});
on("language", () => { if (box.open) draw(); });
