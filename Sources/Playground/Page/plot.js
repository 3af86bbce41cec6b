// A plot: one setting across, another down, and a loupe over the cells.
import { $, $$, h, icon, newKey } from "./dom.js";
import { crisp } from "./grid.js";
import { titleNode } from "./head.js";
import { isActive, submit } from "./jobs.js";
import { stop } from "./painters.js";
import { fieldsOf, put, requestFromForm } from "./request.js";
import { currentModel, emit, modelNamed, on, state } from "./store.js";
import { figure, t } from "./texts.js";

/// Cells of a plot at most: they all wait in the queue together.
const MOST = 36;
const USUAL = { steps: "2, 4, 8, 20", guidance_scale: "1, 2, 4, 8", seed: "1-4",
  truncation: "0.2, 0.5, 0.8, 1.2", "tokens.temperature": "0.5, 0.8, 1, 1.2" };

const labelOf = (id, model) => (id === "seed" ? t("seed")
  : t("f_" + id, {}, fieldsOf(model).find((f) => f.id === id)?.title || id));

/// What can be varied: numbers, choices and the seed.
const axisFields = (model) => [
  ...fieldsOf(model).filter((f) => ["integer", "number", "choice"].includes(f.type)
    && f.default !== null && f.default !== undefined),
  { id: "seed", type: "integer" }];

/// `1, 2, 4` as it stands; `1-5` one by one, `1-9 (+2)` in steps, `0-1 [6]` six of equal distance.
export function valuesIn(text, field) {
  if (field.type === "choice") {
    return text.split(",").map((v) => v.trim()).filter((v) => field.choices.includes(v));
  }
  const values = [];
  for (const part of text.split(",")) {
    const range = /^\s*([\d.]+)\s*-\s*([\d.]+)\s*(?:\(\+([\d.]+)\)|\[(\d+)\])?\s*$/.exec(part);
    if (!range) {
      if (part.trim() && Number.isFinite(+part)) values.push(+part);
      continue;
    }
    const [low, high] = [+range[1], +range[2]];
    const count = range[4] ? +range[4] : Math.floor((high - low) / +(range[3] || 1) + 1.0001);
    const step = range[4] ? (high - low) / Math.max(1, count - 1) : +(range[3] || 1);
    for (let i = 0; i < Math.min(count, MOST); i++) values.push(+(low + i * step).toFixed(4));
  }
  const isWhole = field.type === "integer";
  return [...new Set(values.map((v) => (isWhole ? Math.round(v) : v)))];
}

/// What is typed stays, where the painter has such a field.
export function fillAxes() {
  const fields = axisFields(currentModel());
  const typed = ["across", "down"].map((place) =>
    [$(`#ax-${place}`)?.value, $(`#av-${place}`)?.value]);
  const chosen = (place, at) =>
    $(`#ax-${place}`)?.value || fields[Math.min(at, fields.length - 1)].id;
  const preferred = (ids) => ids.find((id) => fields.some((f) => f.id === id));
  const across = preferred(["guidance_scale", "truncation", "tokens.temperature"]);
  const down = preferred(["steps", "seed"]);
  $("#axes").replaceChildren(axis("across", fields, across || chosen("across", 0)),
    axis("down", fields, down || chosen("down", 1)));
  ["across", "down"].forEach((place, at) => {
    const [id, values] = typed[at];
    if (!id || !fields.some((f) => f.id === id)) return;
    $(`#ax-${place}`).value = id;
    $(`#av-${place}`).value = values;
  });
}

function axis(place, fields, id) {
  const input = h("input", { id: `av-${place}`, "aria-label": `${t(place)}: ${t("values")}` });
  const usual = () => {
    const field = fields.find((f) => f.id === select.value);
    input.value = USUAL[field.id] || (field.type === "choice" ? field.choices.slice(0, 4).join(", ")
      : `${field.min ?? 0}-${Math.min(field.max ?? 4, (field.min ?? 0) + 4)} [4]`);
  };
  const select = h("select", { id: `ax-${place}`, onchange: usual },
    fields.map((f) => h("option", { value: f.id }, labelOf(f.id, currentModel()))));
  select.value = id;
  usual();
  return h("span", { class: "axis" }, h("label", { for: `ax-${place}` }, t(place)), select, input);
}

/// One job a cell, all of one seed.
export function paintPlot(prompt) {
  const model = currentModel();
  const axes = ["across", "down"].map((place) => {
    const id = $(`#ax-${place}`).value;
    const field = axisFields(model).find((f) => f.id === id);
    return { id, values: valuesIn($(`#av-${place}`).value, field) };
  });
  const [across, down] = axes;
  const count = across.values.length * down.values.length;
  if (!count || count > MOST || across.id === down.id) {
    const why = across.id === down.id ? "plotSame" : count ? "plotMany" : "plotNone";
    $("#hint").textContent = t(why, { n: count, most: MOST });
    $("#hint").hidden = false;
    return false;
  }
  const group = newKey().slice(0, 12);
  const request = requestFromForm(prompt);
  for (const y of down.values) {
    for (const x of across.values) {
      const cell = structuredClone({ ...request, kind: "plot", count: 1 });
      put(cell, down.id, y);
      put(cell, across.id, x);
      submit(cell, { note: { group, axes: [across.id, down.id], at: [x, y] } });
    }
  }
  return true;
}

export function plotNode(item) {
  const [first] = item.jobs;
  const [across, down] = first.note.axes;
  const model = modelNamed(first.model);
  const values = (i) => [...new Set(item.jobs.map((j) => j.note.at[i]))];
  const cells = new Map(item.jobs.map((j) => [String(j.note.at), j]));
  const loupe = loupeNode(item);
  const row = (y) => h("tr", {}, h("th", { scope: "row" }, labelOf(down, model) + " ",
    h("b", {}, String(y))),
  values(0).map((x) => h("td", {}, cellNode(cells.get(`${x},${y}`), loupe))));
  const heads = values(0).map((x) =>
    h("th", { scope: "col" }, labelOf(across, model) + " ", h("b", {}, String(x))));
  const table = h("table", { class: "plot" }, h("thead", {}, h("tr", {}, h("td"), heads)),
    h("tbody", {}, values(1).map(row)));
  const active = item.jobs.filter(isActive);
  const meta = active.length ? [h("span", { class: "now" }, t("painted", {
    a: item.jobs.length - active.length, b: item.jobs.length })), stop(active)]
    : h("span", {}, `${first.model} · ${t("seed")} ${first.pics[0].seed ?? ""}`);
  const node = h("section", { class: "job", "data-job": item.key, "aria-label": first.prompt },
    h("div", { class: "jobhead" }, titleNode(first), h("div", { class: "meta" }, meta)),
    h("div", { class: "plotwrap" }, table, loupe.node));
  loupe.show(item.jobs.findLast((j) => j.pics[0].hash));
  return node;
}

function nameOf(job) {
  const model = modelNamed(job.model);
  return job.note.axes.map((id, i) => `${labelOf(id, model)} ${job.note.at[i]}`).join(", ");
}

function cellNode(job, loupe) {
  if (!job) return "";
  const picture = job.pics[0];
  return h("button", {
    type: "button", class: "frame" + (picture.url ? "" : " hatch"), "data-job": job.key,
    "aria-label": nameOf(job), disabled: !picture.url, onmouseenter: () => loupe.show(job),
    onfocus: () => loupe.show(job), onclick: () => emit("open", job, 0),
  }, picture.url ? h("img", { src: picture.url, class: crisp(job), alt: "" }) : null,
  job.status === "failed" ? h("span", { class: "note" }, t("failedT")) : null);
}

/// The cell that is pointed at, large, with its name and whether it is the painter's own setting.
function loupeNode(item) {
  const picture = h("img", { class: crisp(item.jobs[0]), alt: "" });
  const words = h("p", { class: "how" });
  let shown = null;
  const use = h("button", { type: "button", class: "go line",
    onclick: () => emit("recall", shown, 0) }, icon("recall"), t("reuse"));
  const node = h("div", { class: "loupe", hidden: true },
    h("div", { class: "lhead" }, words, use), h("div", { class: "frame" }, picture));
  const show = (job) => {
    if (!job?.pics[0].url) return;
    shown = job;
    node.hidden = false;
    picture.src = job.pics[0].url;
    const model = modelNamed(job.model);
    const isOwn = job.note.axes.every((id, i) => id === "seed"
      || fieldsOf(model).find((f) => f.id === id)?.default === job.note.at[i]);
    words.replaceChildren(h("b", {}, nameOf(job),
      h("span", {}, job.seconds ? `${figure(job.seconds)} s` : "")), isOwn ? t("ownSettings") : "");
    for (const cell of $$(`[data-job="${item.key}"] .plot .frame`)) {
      cell.classList.toggle("sel", cell.dataset.job === job.key);
    }
  };
  return { node, show };
}

export function refreshCell(job, section) {
  section.style.setProperty("--p", job.steps ? job.step / job.steps : 0);
}

on("model language", () => {
  if (state.mode === "plot") fillAxes();
});
