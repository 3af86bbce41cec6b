// Settings of the painter at hand, made from what the server says it has.
import { controlRows } from "./controls.js";
import { $, h, iconButton, slider } from "./dom.js";
import { hasLoras, loraRows } from "./loras.js";
import { fieldsOf, networksOf } from "./request.js";
import { currentModel, emit, keep, on, state } from "./store.js";
import { t } from "./texts.js";

/// The page's own settings.
const PAGE = [
  { id: "previews", type: "flag", default: true },
  { id: "shortcuts", type: "flag", default: true },
  { id: "theme", type: "choice", choices: ["system", "light", "dark"], default: "system" },
];

export function toggleDrawer(isOn = $("#drawer").hidden) {
  const hadFocus = $("#drawer").contains(document.activeElement);
  $("#drawer").hidden = !isOn;
  $("#drawerBtn").setAttribute("aria-expanded", isOn);
  if (isOn) {
    draw();
    $("#drawer button").focus();
  } else if (hadFocus) $("#drawerBtn").focus();
}

function draw() {
  if ($("#drawer").hidden) return;
  const model = currentModel();
  const groups = new Map(["words", "picture", "speed"].map((name) => [name, []]));
  for (const field of fieldsOf(model)) {
    const name = isRare(field) ? "more" : field.group || "picture";
    groups.set(name, [...(groups.get(name) || []), field]);
  }
  const more = groups.get("more") || [];
  groups.delete("more");
  const focus = document.activeElement?.id;
  const values = painterValues(model);
  const sets = [...groups].filter(([, fields]) => fields.length).map(([name, fields]) =>
    group(t("g_" + name, {}, name), fields.map((f) => control(f, values))));
  if (hasLoras(model)) sets.push(group(t("g_loras"), loraRows(model, draw)));
  if (networksOf(model).length) sets.push(group(t("g_held"), controlRows(model, draw)));
  if (more.length) sets.push(rest(more, values, !sets.length));
  $("#drawer").replaceChildren(h("div", { class: "panel" },
    h("header", {}, h("h2", {}, model.title || model.id),
      iconButton(t("close"), "x", () => toggleDrawer(false))),
    sets, group(t("g_page"), PAGE.map((f) => control(f, pageValues)))));
  if (focus) document.getElementById(focus)?.focus();
}

/// What the painter leaves open unless somebody asks for it.
const isRare = (field) => field.default === null || field.default === undefined
  || ["emphasis", "long_prompts"].includes(field.id);

/// Open if something of it was changed, or nothing else is there.
function rest(fields, values, isAlone) {
  const isOpen = isAlone || $("#drawer details")?.open
    || fields.some((f) => values.get(f) !== f.default);
  return h("details", { open: isOpen }, h("summary", {}, t("g_more")),
    fields.map((f) => control(f, values)));
}

const group = (title, controls) =>
  h("fieldset", {}, h("legend", {}, title), h("div", {}, controls));

/// Where the values of the painter's fields live, and where the page's.
const painterValues = (model) => ({
  get: (field) => state.settings[field.id] ?? field.default,
  set(field, value) {
    if (value === field.default || value === undefined) delete state.settings[field.id];
    else state.settings[field.id] = value;
    keep("settings." + model.id, state.settings);
    emit("settings");
  },
});

const pageValues = {
  get: (field) => state.page[field.id] ?? field.default,
  set(field, value) {
    state.page[field.id] = value;
    keep("page", state.page);
    emit("page");
  },
};

function control(field, values) {
  const id = "f-" + field.id.replaceAll(".", "-");
  const label = t("f_" + field.id, {}, titleOf(field));
  const help = t("h_" + field.id, {}, "");
  const value = values.get(field);
  const set = (next) => values.set(field, next);
  const isChanged = values !== pageValues && value !== field.default;
  const takeBack = () => {
    set(field.default);
    draw();
  };
  const reset = isChanged ? h("button", { type: "button", class: "reset", onclick: takeBack,
    "aria-label": `${t("reset")}: ${label}`, "data-tip": t("reset") }) : null;
  const isNumber = ["integer", "number"].includes(field.type) && field.default !== null
    && field.default !== undefined;
  if (field.type === "flag") return flag(id, label, value, set);
  if (isNumber) return slider(id, label, { ...scale(field, value), value, change: set, settle: draw,
    reset, help });
  return h("div", { class: "set" }, h("div", { class: "labrow" },
    h("label", { for: id, class: "lab" }, h("span", {}, label)), reset),
  input(field, id, value, set), help ? h("p", {}, help) : null);
}

/// What the server says, up to its first full stop or bracket.
const titleOf = (field) => (field.title || field.id).split(/ \(|[.;:](?= |$)/)[0];

/// Bounds that accept everything are no help on a slider.
function scale({ type, min = 0, max = 1, step, default: own }, value) {
  const top = Math.max(own * 4, value, own <= 1 ? 1 : 12);
  return { min, max: Math.min(max, top), step: step ?? (type === "integer" ? 1 : 0.05) };
}

const flag = (id, label, value, set) => h("label", { class: "switch" }, label,
  h("input", { id, type: "checkbox", checked: !!value, onchange: (e) => set(e.target.checked) }));

function input(field, id, value, set) {
  if (field.type === "choice") {
    const choices = field.default === null ? ["", ...field.choices] : field.choices;
    const options = choices.map((c) => h("option", { value: c, selected: c === (value ?? "") },
      c === "" ? t("own") : t("c_" + c, {}, c)));
    return h("select", { id, class: "field", onchange: (e) => {
      set(e.target.value === "" ? field.default : e.target.value);
      draw();
    } }, options);
  }
  const isNumber = ["integer", "number"].includes(field.type);
  const read = (text) => (text.trim() === "" ? field.default : isNumber ? +text : text);
  const box = h(isNumber || field.type === "range" ? "input" : "textarea", {
    id, class: "field", rows: 2, placeholder: field.type === "range" ? "0-1" : t("own"),
    ...(isNumber
      ? { type: "number", min: field.min, max: field.max, step: field.step || "any" } : {}),
    oninput: (e) => set(read(e.target.value)),
    onchange: draw,
  });
  if (field.id === "negative_prompt") box.placeholder = "";
  box.value = value ?? "";
  return box;
}

$("#drawerBtn").addEventListener("click", () => toggleDrawer());
on("model language", draw);
