// Painting while typing: the newest request wins, and only what is kept goes into the history.
import * as api from "./api.js";
import { $, debounced, h } from "./dom.js";
import { titleNode } from "./head.js";
import { cancel, submit } from "./jobs.js";
import { fieldsOf, requestFromForm, seedInForm } from "./request.js";
import { currentModel, emit, on, state } from "./store.js";
import { figure, t } from "./texts.js";

/// The share of a painter's usual steps that it takes here.
const SHARE = 0.3;

let current = null; // the newest request
let shown = null; // the job whose picture is on the stage
let asked = 0;
let seed = 7; // the same while typing, so that words alone change the picture

export function setLive(isOn) {
  state.live = isOn;
  $("#live").setAttribute("aria-pressed", isOn);
  $(".row .go span").textContent = t(isOn ? "keepIt" : "paint");
  if (isOn) {
    draw();
    paint();
  } else {
    stop();
    shown = null;
    $("#stage").replaceChildren();
    emit("jobs");
  }
}

function stop() {
  if (current) cancel(current);
  current = null;
}

function paint() {
  const prompt = $("#prompt").value.trim();
  const model = currentModel();
  if (!state.live || state.away) return;
  stop();
  if (!prompt) return;
  seed = seedInForm() ?? seed;
  const request = requestFromForm(prompt);
  const field = fieldsOf(model).find((f) => f.id === "steps");
  if (field && !model.few_step) request.steps ??= Math.max(4, Math.round(field.default * SHARE));
  asked = performance.now();
  current = submit({ ...request, kind: "live", count: 1, seed, previews: 0 });
}

function draw(seconds) {
  if (!shown) {
    $("#stage").replaceChildren(h("div", { class: "livepic job" }, h("p", {}, t("liveTip"))));
    return;
  }
  const picture = $(".livepic img");
  if (!picture) {
    $("#stage").replaceChildren(h("div", { class: "livepic job" }, titleNode(shown),
      h("div", { class: "frame", vars: { ar: shown.size.join("/") } },
        h("img", { class: shown.size[0] <= 256 ? "crisp" : "" })), h("div", { class: "meta" })));
    return draw(seconds);
  }
  const steps = shown.settings?.steps ?? shown.steps;
  picture.src = shown.pics[0].url;
  picture.alt = shown.prompt;
  $(".livepic .title").textContent = shown.prompt;
  $(".livepic .meta").textContent = [`${figure(seconds)} s`,
    steps > 1 ? t("stepsN", { n: steps }) : ""].filter(Boolean).join(" · ");
}

/// Paint reads Keep: what is on the stage goes into the history.
export async function keepShown() {
  if (!shown) return;
  const job = shown;
  await api.keepLive(job.id);
  job.isKept = true;
  emit("kept", job);
  emit("history");
}

on("image", async (job) => {
  if (job !== current || !state.live) return;
  const loaded = new Image();
  loaded.src = job.pics[0].url;
  await loaded.decode().catch(() => {});
  if (!state.live || shown && shown.created > job.created) return;
  shown = job;
  draw((performance.now() - asked) / 1000);
});
on("ended", (job) => {
  if (job.kind !== "live") return;
  state.jobs = state.jobs.filter((j) => j !== job);
  if (current === job) current = null;
});
on("typed", debounced(120, paint));
on("model", () => {
  if (state.live && $("#live").hidden) setLive(false);
  else if (state.live) paint();
});
on("settings", debounced(120, paint));
on("language", () => { if (state.live) setLive(true); });
$("#live").addEventListener("click", () => setLive(!state.live));
