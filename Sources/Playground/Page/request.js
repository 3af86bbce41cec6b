// From the form to a request, and from a job back to the form's values.
import { $ } from "./dom.js";
import { lorasText } from "./loras.js";
import { currentModel, modelNamed, state } from "./store.js";
import { styled } from "./styles.js";
import { t } from "./texts.js";

/// Fields that the form has controls of its own for.
const OWN = ["width", "height", "seed", "count", "prompt"];
export const fieldsOf = (model) => (model?.fields || []).filter((f) => !OWN.includes(f.id));

/// Whether it paints step by step.
export const hasSteps = (model) => fieldsOf(model).some((f) => f.id === "steps");

/// Sets `tokens.temperature` inside `tokens`.
export function put(request, id, value) {
  const path = id.split(".");
  const name = path.pop();
  const place = path.reduce((at, key) => (at[key] ||= {}), request);
  place[name] = value;
}

export const read = (request, id) => id.split(".").reduce((at, key) => at?.[key], request);

/// Short enough to be read out.
export const chance = () => crypto.getRandomValues(new Uint32Array(1))[0] % 1000000;

/// The seed in the form; undefined is by chance.
export function seedInForm() {
  const text = $("#seed").value.trim();
  return /^\d{1,10}$/.test(text) && +text < 2 ** 32 ? +text : undefined;
}

/// The steps that the chosen quality asks for; undefined for painters without steps.
export function stepsOf(model, quality) {
  const field = model.fields.find((f) => f.id === "steps");
  if (!field) return undefined;
  const share = state.capabilities.qualities?.[quality] ?? 1;
  return Math.max(1, Math.round(field.default * share));
}

export function sizeInForm(model) {
  const at = $("#shapes [aria-checked=true]")?.dataset.size || model.sizes[0].join("x");
  return at.split("x").map(Number);
}

/// What may stand beside a painter: what holds paintings to a picture, and what lets them be like
/// one.
export const networksOf = (model) => [...(model?.controls || []),
  ...(model?.image_prompts || []).map((name) => ({ name, isPrompt: true }))];

/// What the drawer asks for of them.
function controlsFor(model) {
  const { network: name, picture, weight, edges } = state.held || {};
  const network = networksOf(model).find((one) => one.name === name);
  if (!network || !picture) return {};
  return network.isPrompt
    ? { ip_adapter: name, image_prompt: picture.hash, image_prompt_scale: weight }
    : { controls: [{ model: name, picture: picture.hash, prepare: edges ? "canny" : "none",
      scale: weight }] };
}

/// Members of a request that name networks and their pictures.
const HELD = ["controls", "guess_mode", "ip_adapter", "image_prompt", "image_prompt_scale"];

/// What the form asks for; `model` may be another painter than the chosen one.
export function requestFromForm(prompt, model = currentModel(), settings = state.settings) {
  const request = { model: model.id, kind: "paint", prompt: styled(prompt, $("#style").value) };
  request.count = +$("#count").value || 1;
  const [width, height] = sizeInForm(model);
  if (String([width, height]) !== String(model.sizes[0])) Object.assign(request, { width, height });
  request.seed = seedInForm() ?? chance();
  for (const field of fieldsOf(model)) {
    const value = settings[field.id];
    if (value !== undefined && value !== field.default) put(request, field.id, value);
  }
  if (settings.loras?.length) request.loras = copied(settings.loras);
  const quality = $("#quality").value;
  if (request.steps === undefined && quality !== "normal" && stepsOf(model, quality)) {
    request.steps = stepsOf(model, quality);
  }
  return Object.assign(request, controlsFor(model));
}

const copied = (loras) => loras.map((one) => ({ ...one }));

/// The LoRAs of a job: as the server knows them, which takes those in the prompt along.
const lorasOf = (job) => job.loras ?? job.request?.loras ?? [];

/// How a job was painted, as values of the painter's fields that are not its own choice.
export function valuesOf(job) {
  const model = modelNamed(job.model);
  const values = {};
  for (const field of fieldsOf(model)) {
    const value = read(job.settings, field.id) ?? read(job.request, field.id);
    if (value !== undefined && value !== null && value !== field.default) values[field.id] = value;
  }
  if (lorasOf(job).length) values.loras = copied(lorasOf(job));
  return values;
}

/// A new request for the same painter, painted the same way.
export function likeJob(job) {
  const request = { model: job.model, prompt: job.prompt };
  for (const [id, value] of Object.entries(valuesOf(job))) put(request, id, value);
  for (const name of HELD) if (job.request?.[name] != null) request[name] = job.request[name];
  return request;
}

/// The painter's fields as [label, text, id, value], those that were asked for or are always of
/// interest, and LoRAs.
export function factsOf(job) {
  const asked = valuesOf(job);
  const always = ["steps", "guidance_scale", "sampler", "truncation", "tokens.temperature"];
  const fields = fieldsOf(modelNamed(job.model))
    .filter((f) => f.id in asked || always.includes(f.id))
    .map((f) => [t("f_" + f.id, {}, f.title), read(job.settings, f.id) ?? asked[f.id] ?? f.default,
      f.id])
    .filter(([, value]) => value !== null && value !== undefined && value !== "")
    .map(([label, value, id]) =>
      [label, typeof value === "number" ? String(value) : value, id, value]);
  const loras = lorasOf(job);
  return loras.length
    ? [...fields, [t("g_loras"), lorasText(loras), "loras", copied(loras)]] : fields;
}
