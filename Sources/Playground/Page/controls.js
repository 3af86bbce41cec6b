// A picture that paintings are held to, or are like, by a network that stands beside the painter.
import * as api from "./api.js";
import { h, slider, toast } from "./dom.js";
import { networksOf } from "./request.js";
import { emit, state } from "./store.js";
import { t } from "./texts.js";

/// Rows of the drawer; `draw` draws them again.
export function controlRows(model, draw) {
  const names = networksOf(model).map((network) => network.name);
  const held = state.held ||= { network: "", weight: 1, edges: false };
  const change = (values) => {
    Object.assign(held, values);
    emit("settings");
  };
  const again = (values) => {
    change(values);
    draw();
  };
  const choice = h("select", { id: "held-network", class: "field",
    onchange: (e) => again({ network: e.target.value }) },
  ["", ...names].map((name) => h("option", { value: name, selected: name === held.network },
    name || t("heldNone"))));
  const rows = [row("held-network", t("heldNetwork"), choice)];
  const network = networksOf(model).find((one) => one.name === held.network);
  if (!network) return rows;
  const file = h("input", { id: "held-picture", type: "file", accept: "image/*", class: "field",
    onchange: (e) => take(e.target.files[0], again) });
  rows.push(row("held-picture", t("heldPicture"), held.picture
    ? [h("img", { src: held.picture.url, alt: t("heldPicture"), class: "held" }), file] : file));
  if (!network.isPrompt) {
    rows.push(h("label", { class: "switch" }, t("heldEdges"),
      h("input", { id: "held-edges", type: "checkbox", checked: held.edges,
        onchange: (e) => change({ edges: e.target.checked }) })));
  }
  rows.push(slider("held-weight", t("heldWeight"), { min: 0, max: 2, step: 0.05,
    value: held.weight, change: (weight) => change({ weight }) }));
  return rows;
}

const row = (id, label, control) => h("div", { class: "set" },
  h("label", { for: id, class: "lab" }, label), control);

async function take(file, again) {
  if (!file) return;
  try {
    again({ picture: await api.upload(file) });
  } catch (failure) {
    toast(failure.message || t("awayT"));
  }
}
