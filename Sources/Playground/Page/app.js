// The page begins here: what Paint does, and how the parts hang together.
import * as actions from "./actions.js";
import * as api from "./api.js";
import { $, $$, h, setVars, toast } from "./dom.js";
import "./drawer.js";
import "./drop.js";
import { takeUp } from "./events.js";
import { fillForm, fillFrom, fillShapes, isLocked, lockSeed, readAddress, setPrompt, showLive,
  writeAddress } from "./form.js";
import { isChangeOf } from "./head.js";
import { openHelp } from "./help.js";
import { newest, past } from "./history.js";
import { submit, takeUpUnsent } from "./jobs.js";
import "./keys.js";
import { keepShown, setLive } from "./live.js";
import { paintAll } from "./painters.js";
import { fillAxes, paintPlot } from "./plot.js";
import "./queue.js";
import { fieldsOf, read, requestFromForm, valuesOf } from "./request.js";
import { offerSpeech } from "./speech.js";
import { drawStage } from "./stage.js";
import { currentModel, emit, keep, kept, modelNamed, on, state } from "./store.js";
import { lang, setLanguage, t, translatePage } from "./texts.js";
import "./viewer.js";

/// Jobs on the stage of a page that was just opened.
const SHOWN = 4;

function paint() {
  const prompt = $("#prompt").value.trim();
  if (state.live) return keepShown();
  if (!currentModel()) return;
  if (!prompt && !state.start) return $("#prompt").focus();
  if (state.mode === "painters") paintAll(prompt);
  else if (state.mode === "plot") paintPlot(prompt);
  else paintPictures(prompt);
}

function paintPictures(prompt) {
  const request = requestFromForm(prompt);
  if (state.start) {
    const { hash, strength } = state.start;
    Object.assign(request, { kind: "edit", source: hash, strength });
  }
  const last = state.jobs.find((j) => j.status === "done" && j.kind === "paint" && !j.note.group);
  const isChange = isLocked() && last && !state.start && isChangeOf(last.prompt, request.prompt)
    && last.pics[0].seed === request.seed && last.model === request.model;
  writeAddress(request);
  submit(request, { before: isChange ? last : undefined,
    note: isChange ? { before: last.id } : state.start ? { op: "edit" } : {} });
}

function setMode(mode) {
  if (state.live) setLive(false);
  state.mode = mode;
  document.body.dataset.mode = mode;
  for (const tab of $$(".modes button")) {
    const isOn = tab.dataset.mode === mode;
    tab.setAttribute("aria-selected", isOn);
    tab.tabIndex = isOn ? 0 : -1;
  }
  $("#axes").hidden = mode !== "plot";
  showLive();
  if (mode === "plot") fillAxes();
  emit("mode");
  $("#stage").scrollTop = 0;
}

/// All settings of a job, in the form.
function recall(job, index = 0) {
  fillFrom({ model: job.model, prompt: job.prompt, seed: job.pics[index]?.seed, size: job.size,
    count: job.pics.length, values: valuesOf(job) });
  toast(t("recalled"));
  $("#prompt").focus();
}

/// One setting alone.
function use({ model, seed, size, field, value }) {
  if (model) {
    $("#model").value = model;
    $("#model").dispatchEvent(new Event("change"));
  } else if (seed !== undefined) lockSeed(true, seed);
  else if (size) fillShapes(currentModel(), size.join("x"));
  else {
    const own = fieldsOf(currentModel()).find((f) => f.id === field);
    if (field === "loras" || (own && own.default !== value)) state.settings[field] = value;
    else delete state.settings[field];
    keep("settings." + currentModel().id, state.settings);
    emit("model");
  }
  toast(t("recalled"));
}

/// What a file says of itself: a request of the library's.
function readSettings({ settings, model, size }) {
  const painter = modelNamed(model) || currentModel();
  const values = {};
  for (const field of fieldsOf(painter)) {
    const value = read(settings, field.id);
    if (value !== undefined && value !== null && value !== field.default) values[field.id] = value;
  }
  if (settings.loras?.length) values.loras = settings.loras;
  fillFrom({ model: painter.id, prompt: settings.original_prompt ?? settings.prompt,
    seed: settings.seed, size, values });
}

function setTheme(theme) {
  if (theme && theme !== "system") document.documentElement.dataset.theme = theme;
  else delete document.documentElement.dataset.theme;
}

function wire() {
  $("#form").addEventListener("submit", (event) => {
    event.preventDefault();
    paint();
  });
  $("#langBtn").addEventListener("click", () => setLanguage(lang === "zh" ? "en" : "zh"));
  $("#themeBtn").addEventListener("click", () => {
    const isDark = matchMedia("(prefers-color-scheme: dark)").matches;
    const now = document.documentElement.dataset.theme || (isDark ? "dark" : "light");
    state.page.theme = now === "dark" ? "light" : "dark";
    keep("page", state.page);
    emit("page");
    emit("model");
  });
  $("#helpBtn").addEventListener("click", openHelp);
  $$(".modes button").forEach((tab, i, all) => {
    tab.addEventListener("click", () => setMode(tab.dataset.mode));
    tab.addEventListener("keydown", (event) => {
      const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!by) return;
      const next = all[(i + by + all.length) % all.length];
      next.focus();
      next.click();
      event.stopPropagation();
    });
  });
  on("paint", paint);
  on("recall", recall);
  on("use", use);
  on("forget", actions.forget);
  on("setMode", setMode);
  on("settingsRead", readSettings);
  on("choosePainter", (model) => use({ model }));
  on("page", () => setTheme(state.page.theme));
  on("kept", (job) => {
    state.jobs.unshift(job);
    emit("jobs");
  });
  if (/Mac|iP(hone|ad)/.test(navigator.platform)) {
    for (const key of $$(".go kbd")) key.textContent = "⌘ ↵";
  }
}

/// A server that wants a key gets one once; it is kept in a cookie that scripts cannot read.
async function askForKey() {
  const box = $("#help");
  const field = h("input", { class: "field", type: "password", id: "key", autocomplete: "off" });
  // Without a key there is nothing behind it.
  box.dataset.asks = "";
  box.oncancel = (event) => event.preventDefault();
  box.onclose = () => box.showModal();
  await new Promise((open) => {
    const send = async (event) => {
      event.preventDefault();
      try {
        await api.session(field.value.trim());
        delete box.dataset.asks;
        [box.oncancel, box.onclose] = [null, null];
        box.close();
        open();
      } catch (failure) {
        $("#keySay").textContent = failure.message;
      }
    };
    const set = h("div", { class: "set" }, h("label", { for: "key", class: "lab" }, t("key")),
      field, h("p", { id: "keySay", role: "alert" }));
    box.replaceChildren(h("header", {}, h("h2", {}, t("keyT"))), h("form", { onsubmit: send },
      set, h("button", { type: "submit", class: "go" }, t("keyGo"))));
    box.setAttribute("aria-label", t("keyT"));
    box.showModal();
    field.focus();
  });
}

on("keyNeeded", async () => {
  // Such as after the cookie's time.
  if ("asks" in $("#help").dataset) return;
  await askForKey();
  takeUp();
});

async function begin() {
  state.page = kept("page", {});
  setTheme(state.page.theme);
  translatePage();
  wire();
  const stage = $("#stage");
  setVars(document.body, { gutter: `${(stage.offsetWidth - stage.clientWidth) / 2}px` });
  setPrompt(kept("draft", ""));
  offerSpeech();
  await learnCapabilities();
  fillForm();
  setMode("pictures");
  const draft = kept("draft", "");
  const isReload = performance.getEntriesByType("navigation")[0]?.type === "reload";
  if (readAddress() && isReload) setPrompt(draft); // What was typed since it was painted.
  if (matchMedia("(min-width: 761px)").matches) $("#prompt").focus();
  takeUpUnsent();
  const past = await newest(SHOWN).catch(() => []);
  state.jobs = [...state.jobs, ...past.filter((j) => !state.jobs.some((o) => o.id === j.id))];
  linkChanges();
  drawStage();
  await takeUp();
  openAddressed();
}

async function learnCapabilities() {
  try {
    state.capabilities = await api.capabilities();
  } catch (failure) {
    if (failure.status === 401) await askForKey();
    else await new Promise((again) => setTimeout(again, 2000));
    return learnCapabilities();
  }
}

/// The job that a change is compared with, where both are at hand.
function linkChanges() {
  for (const job of state.jobs) {
    job.before ||= state.jobs.find((j) => j.id && j.id === job.note?.before);
  }
}

function openAddressed() {
  const hash = /^#i=([0-9a-f]{64})$/.exec(location.hash)?.[1];
  const job = hash && (state.jobs.find((j) => j.pics.some((p) => p.hash === hash)) || past(hash));
  if (!job) return;
  if (!state.jobs.includes(job)) {
    state.jobs.push(job);
    emit("jobs");
  }
  emit("open", job, job.pics.findIndex((p) => p.hash === hash));
}

begin();
