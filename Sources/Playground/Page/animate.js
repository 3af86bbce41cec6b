// From one picture to another in small steps: between prompts with a GAN, between what CLIP sees
// with an unCLIP.
import { h, icon } from "./dom.js";
import { submit } from "./jobs.js";
import { likeJob } from "./request.js";
import { can, state } from "./store.js";
import { t } from "./texts.js";

/// Pictures of an animation; the server limits a job to ten.
const FRAMES = 8;

/// The request that leads from one picture to another; null where no painter can.
function requestOf(before, after) {
  const isWords = can(after.job.model, "animate") && before.job.prompt !== after.job.prompt;
  if (isWords) {
    const source = { kind: "interpolation", prompts: [after.job.prompt], frames: FRAMES };
    const seed = after.job.pics[after.index].seed;
    return { ...likeJob(after.job), prompt: before.job.prompt, seed, source };
  }
  const painter = can(after.job.model, "blend") ? after.job.model
    : state.capabilities.models.find((m) => m.can.includes("blend"))?.id;
  if (!painter) return null;
  const pictures = [before, after].map((at) => at.job.pics[at.index].hash);
  const weights = Array.from({ length: FRAMES + 1 }, (_, i) => i / FRAMES);
  const prompt = after.job.prompt;
  return { model: painter, prompt, source: { kind: "blend", pictures, weights } };
}

/// The button that asks for it.
export function animateButton(before, after, close) {
  const request = requestOf(before, after);
  if (!request) return null;
  const run = () => {
    close();
    submit({ ...request, count: FRAMES + 1 }, { note: { op: "animate" } });
  };
  return h("button", { type: "button", class: "go line", "data-act": "animate", onclick: run },
    icon("film"), t("animate"));
}

/// Plays the pictures of a job in one frame, to and fro.
export function playButton(job, shown) {
  const pictures = job.pics.filter((p) => p.hash);
  if (job.note.op !== "animate" || pictures.length < 3) return null;
  for (const { url } of pictures) new Image().src = url;
  const way = [...pictures, ...pictures.slice(1, -1).reverse()];
  let timer;
  let at = 0;
  const label = h("span", {}, t("play"));
  const button = h("button", { type: "button", class: "go line", "aria-pressed": "false",
    "data-act": "play", onclick: () => {
      const isOn = !timer;
      clearInterval(timer);
      timer = isOn ? setInterval(next, 140) : undefined;
      button.setAttribute("aria-pressed", isOn);
      label.textContent = t(isOn ? "stop" : "play");
    } }, icon("film"), label);
  const next = () => {
    if (!shown.isConnected || !shown.closest("dialog")?.open) return clearInterval(timer);
    at = (at + 1) % way.length;
    shown.src = way[at].url;
  };
  return button;
}
