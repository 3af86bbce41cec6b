// LoRAs: what changes the painter's weights, and how much of each.
import { h, iconButton, slider } from "./dom.js";
import { emit, keep, state } from "./store.js";
import { t } from "./texts.js";

/// Whether the drawer has something to show of them: also those of a picture that are not here.
export const hasLoras = (model) => model.loras?.length > 0 || state.settings.loras?.length > 0;

/// Rows of the drawer; `draw` draws them again.
export function loraRows(model, draw) {
  const chosen = state.settings.loras || [];
  const set = (loras) => {
    if (loras.length) state.settings.loras = loras;
    else delete state.settings.loras;
    keep("settings." + model.id, state.settings);
    emit("settings");
  };
  const again = (loras) => {
    set(loras);
    draw();
  };
  const weigh = (at, weight) => set((state.settings.loras || []).map((one, i) =>
    (i === at ? { name: one.name, weight } : one)));
  const rows = chosen.map(({ name, weight = 1 }, i) => slider("lora-" + i, name, {
    min: Math.min(0, weight), max: Math.max(2, weight), step: 0.05, value: weight,
    change: (value) => weigh(i, value),
    reset: iconButton(`${t("remove")}: ${name}`, "x",
      () => again(state.settings.loras.filter((_, at) => at !== i))) }));
  const left = (model.loras || []).filter((lora) => !chosen.some((one) => one.name === lora.name));
  if (!left.length) return rows;
  const add = h("select", { id: "lora-add", class: "field",
    onchange: (e) => again([...chosen, { name: e.target.value, weight: 1 }]) },
  ["", ...left.map((lora) => lora.name)].map((name) =>
    h("option", { value: name }, name || t("heldNone"))));
  return [...rows, h("div", { class: "set" },
    h("label", { for: "lora-add", class: "lab" }, t("loraAdd")), add)];
}

/// As people read them.
export const lorasText = (loras) =>
  loras.map(({ name, weight = 1 }) => `${name} ${weight}`).join(", ");
