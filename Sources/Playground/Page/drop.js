// A picture from outside: dropped or pasted, to start from or to read the settings of.
import * as api from "./api.js";
import { $, $$, h, icon, slider, toast } from "./dom.js";
import { submit } from "./jobs.js";
import { chance } from "./request.js";
import { can, currentModel, emit, on, state } from "./store.js";
import { t } from "./texts.js";

const box = $("#drop");
let depth = 0;

const painterThat = (ability) => can(currentModel().id, ability) ? currentModel()
  : state.capabilities.models.find((m) => m.can.includes(ability));

/// A painter that varies what CLIP sees in a picture.
const seer = () =>
  state.capabilities.models.find((m) => m.can.includes("blend") && m.can.includes("vary"));

/// The three zones: those that some painter can follow.
function show(onchoose) {
  const zone = (name, picture) => h(onchoose ? "button" : "section", { "data-zone": name,
    class: "zone", ...(onchoose ? { type: "button", onclick: () => onchoose(name) } : {}) },
  icon(picture), h("h2", {}, t("d_" + name)), h("p", {}, t(`d_${name}2`)));
  const unCLIP = seer();
  box.replaceChildren(...[
    painterThat("edit") && zone("start", "brush"), zone("read", "recall"),
    unCLIP && zone("like", "spark")].filter(Boolean));
  box.hidden = false;
  if (onchoose) $("button", box).focus();
}

export const isDropping = () => !box.hidden;
export function endDrop() {
  depth = 0;
  box.hidden = true;
}

const hasFiles = (event) => event.dataTransfer?.types.includes("Files");

addEventListener("dragenter", (event) => {
  if (!hasFiles(event)) return;
  if (++depth === 1) show();
});
addEventListener("dragleave", () => {
  if (box.hidden) return;
  if (--depth <= 0) endDrop();
});
addEventListener("dragover", (event) => {
  // Text goes where it is let fall.
  if (!hasFiles(event)) return;
  event.preventDefault();
  const over = event.target.closest?.("[data-zone]");
  for (const zone of $$("[data-zone]", box)) zone.classList.toggle("over", zone === over);
});
addEventListener("drop", (event) => {
  if (!hasFiles(event)) return;
  event.preventDefault();
  const zone = event.target.closest?.("[data-zone]")?.dataset.zone;
  const file = event.dataTransfer.files[0];
  endDrop();
  if (file && zone) take(file, zone);
});
addEventListener("paste", (event) => {
  const file = [...event.clipboardData.files].find((f) => f.type.startsWith("image/"));
  if (!file) return;
  event.preventDefault();
  show((zone) => {
    endDrop();
    take(file, zone);
  });
});

async function take(file, zone) {
  let picture;
  try {
    picture = await api.upload(file);
  } catch (failure) {
    return toast(failure.message || t("awayT"));
  }
  if (zone === "start") setStart(picture);
  else if (zone === "read") readSettings(picture);
  else like(picture);
}

/// Fills every field from what the file says of itself.
function readSettings({ settings, model, width, height }) {
  if (!settings) return toast(t("noSettings"));
  emit("settingsRead", { settings, model, size: [width, height] });
  toast(t("recalled"));
}

function like({ hash }) {
  submit({ model: seer().id, kind: "vary", source: hash, prompt: $("#prompt").value.trim(),
    amount: "subtle", count: 4, seed: chance() }, { note: { op: "vary" } });
}

/// The picture that the prompt changes, above the prompt.
export function setStart(picture) {
  const bar = $("#start");
  state.start = picture ? { hash: picture.hash, strength: 0.6 } : null;
  bar.hidden = !picture;
  bar.replaceChildren();
  if (!picture) return;
  if (!can(currentModel().id, "edit")) emit("choosePainter", painterThat("edit").id);
  const strength = slider("start-strength", t("strength"), { min: 0.05, max: 1, step: 0.05,
    value: 0.6, change: (value) => { state.start.strength = value; } });
  bar.append(h("img", { src: picture.url, alt: t("startFrom"), class: "crisp" }), strength,
    h("button", { type: "button", class: "quiet", onclick: () => {
      setStart(null);
      $("#prompt").focus();
    } }, icon("x"), t("remove")));
  $("#prompt").focus();
}

on("start", setStart);
on("language", () => {
  if (!state.start) return;
  $("#start label span").textContent = t("strength");
  $("#start button").lastChild.textContent = t("remove");
});
