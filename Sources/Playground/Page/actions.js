// What can be done with a picture.
import * as api from "./api.js";
import { toast } from "./dom.js";
import { submit } from "./jobs.js";
import { chance, likeJob, stepsOf } from "./request.js";
import { can, emit, modelNamed, state } from "./store.js";
import { t } from "./texts.js";

/// Others like it: a little different, or a lot.
export function vary(job, index, isStrong) {
  const source = job.pics[index].hash;
  const request = { ...likeJob(job), kind: "vary", source, amount: isStrong ? "strong" : "subtle" };
  submit({ ...request, count: 4, seed: chance() }, { note: { op: "vary" } });
}

/// Twice the size, painted over as lightly as can be: what is larger than the painter knows falls
/// apart otherwise. One step at least has to be left.
export function upscale(job, index) {
  const { hash: source, seed } = job.pics[index];
  const [width, height] = job.size.map((side) => side * 2);
  const like = likeJob(job);
  const steps = like.steps ?? stepsOf(modelNamed(job.model), "normal") ?? 1;
  const strength = Math.max(0.1, 1 / steps);
  const request = { ...like, kind: "edit", source, strength, width, height, seed };
  submit(request, { note: { op: "upscale" } });
}

/// The same request, by chance again.
export function repeat(job) {
  const { group, previews, quality, ...request } = job.request;
  const isOfPicture = ["vary", "edit"].includes(job.kind);
  const kind = isOfPicture ? job.kind : "repeat";
  submit({ ...request, model: job.model, kind, seed: chance() },
    { note: isOfPicture ? job.note : {} });
}

/// What the painter at hand can do with this picture, in the order of the buttons.
export function actionsFor(job) {
  const [varies, edits] = [can(job.model, "vary"), can(job.model, "edit")];
  return [
    varies && "vary", varies && "varyMore", edits && "upscale", "repeat", edits && "edit", "save",
    "copy",
  ].filter(Boolean);
}

export function act(name, job, index) {
  const picture = job?.pics[index];
  if (!picture?.hash || !actionsFor(job).includes(name)) return;
  if (name === "vary") vary(job, index, false);
  else if (name === "varyMore") vary(job, index, true);
  else if (name === "upscale") upscale(job, index);
  else if (name === "repeat") repeat(job);
  else if (name === "edit") emit("open", job, index, "edit");
  else if (name === "save") save(job, picture);
  else if (name === "copy") copy(picture);
}

/// A name from the prompt, as short as file systems like it.
export function fileName(job, picture) {
  const words = job.prompt.normalize("NFC").replace(/[^\p{L}\p{N}]+/gu, "-").replace(/^-|-$/g, "");
  return `${[...words].slice(0, 40).join("") || "pinxit"}-${picture.seed}.png`;
}

export function save(job, picture) {
  const link = document.createElement("a");
  link.href = picture.url;
  link.download = fileName(job, picture);
  link.click();
  toast(t("saved", { f: link.download }));
}

/// The picture itself; its address where the browser does not let pages copy pictures.
export async function copy(picture) {
  try {
    const blob = fetch(picture.url).then((answer) => answer.blob());
    await navigator.clipboard.write([new ClipboardItem({ "image/png": blob })]);
    toast(t("copied"));
  } catch {
    try {
      await navigator.clipboard.writeText(new URL(picture.url, location.href).href);
      toast(t("copiedAddress"));
    } catch {
      toast(t("notCopied"));
    }
  }
}

/// Deletes a job with its pictures; the server keeps it long enough to think again.
export async function forget(job) {
  const at = state.jobs.indexOf(job);
  if (at >= 0) state.jobs.splice(at, 1);
  emit("jobs");
  const put = () => {
    if (at >= 0) state.jobs.splice(at, 0, job);
    emit("jobs");
    emit("history");
  };
  try {
    await api.forget(job.id);
    emit("history");
  } catch (failure) {
    toast(failure.message);
    return put();
  }
  const undo = () => api.restore(job.id).then(put, (failure) => toast(failure.message));
  toast(t("deleted"), { label: t("undo"), run: undo }, 6);
}
