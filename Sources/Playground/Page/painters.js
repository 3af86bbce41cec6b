// Every painter on one prompt and one seed, side by side.
import { $, h, newKey } from "./dom.js";
import { pictureNode, refreshPicture } from "./grid.js";
import { titleNode } from "./head.js";
import { cancel, isActive, submit } from "./jobs.js";
import { kept, modelNamed, state } from "./store.js";
import { requestFromForm, valuesOf } from "./request.js";
import { figure, t } from "./texts.js";

/// One job a painter, the same seed for all.
export function paintAll(prompt) {
  const group = newKey().slice(0, 12);
  const models = state.capabilities.models.filter((m) => m.can.includes("text"));
  const { seed } = requestFromForm(prompt);
  for (const model of models) {
    const request = requestFromForm(prompt, model, kept("settings." + model.id, {}));
    const { width, height, steps, ...rest } = request;
    submit({ ...rest, kind: "painters", count: 1, seed }, { note: { group } });
  }
}

export function paintersNode(item) {
  const [first] = item.jobs;
  const active = item.jobs.filter(isActive);
  const meta = h("div", { class: "meta" }, active.length
    ? [h("span", { class: "now" }, t("painted", { a: item.jobs.length - active.length,
      b: item.jobs.length })), stop(active)] : h("span", {}, t("f_painters")));
  return h("section", { class: "job", "data-job": item.key, "aria-label": first.prompt },
    h("div", { class: "jobhead" }, titleNode(first), meta),
    h("div", { class: "grid" }, item.jobs.map(cardNode)));
}

export const stop = (active) => h("button", { type: "button", class: "quiet",
  onclick: () => active.forEach(cancel) }, t("cancel"));

/// A painter's picture, its name and time, and how it paints.
function cardNode(job) {
  const model = modelNamed(job.model);
  const node = pictureNode(job, 0, { bare: true });
  node.dataset.job = job.key;
  if (job.status === "failed") $(".frame", node).append(
    h("span", { class: "note" }, h("b", {}, t("failedT")), job.error?.message || ""));
  const steps = valuesOf(job).steps ?? model?.fields.find((f) => f.id === "steps")?.default;
  const way = model?.can.includes("blend") ? "unclip" : model?.family;
  const how = t("p_" + way, { n: steps }, model?.kind || "");
  const time = job.seconds ? `${figure(job.seconds)} s` : job.status === "painting" ? "" : "…";
  node.append(h("p", { class: "how" }, h("b", {}, job.model, h("span", {}, time)), how));
  return node;
}

/// DALL·E fills row by row: what is not drawn yet is cut off.
export function refreshPainter(job, section) {
  refreshPicture(job, 0, section);
  const picture = $("img", section);
  const isByRows = modelNamed(job.model)?.family === "tokens";
  if (!picture || !isByRows || !job.steps) return;
  const hidden = 100 - Math.floor((job.step / job.steps) * 16) * 6.25;
  picture.style.clipPath = `inset(0 0 ${hidden}% 0)`;
}
