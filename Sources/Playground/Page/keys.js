// The keyboard. Single letters count only where no field has the focus, and can be switched off.
import { act } from "./actions.js";
import { $ } from "./dom.js";
import { toggleDrawer } from "./drawer.js";
import { endDrop, isDropping } from "./drop.js";
import { mask, resizeBrush, submitEdit } from "./edit.js";
import { swapShape, weigh } from "./form.js";
import { select } from "./grid.js";
import { openHelp } from "./help.js";
import { isHistoryOpen, toggleHistory } from "./history.js";
import { cancel, queue } from "./jobs.js";
import { emit, state } from "./store.js";
import * as viewer from "./viewer.js";

const FIELDS = "textarea, select, input:not([type=range], [type=checkbox])";
const ofViewer = (how) => viewer.isOpen() && viewer.view.how === how;

addEventListener("keydown", (event) => {
  // A key that ends a composition paints nothing; older Safari says 229 only.
  if (event.isComposing || event.keyCode === 229) return;
  const isCommand = event.ctrlKey || event.metaKey;
  const done = isCommand ? commands(event) : plain(event);
  if (done) event.preventDefault();
});

function commands(event) {
  const { key, target } = event;
  const modal = $("dialog[open]");
  if (key === "Enter") {
    if (ofViewer("edit")) submitEdit();
    else if (!modal) emit("paint");
    return true;
  }
  if (target.id === "prompt" && /^Arrow(Up|Down)$/.test(key)) {
    weigh(key === "ArrowUp" ? 0.1 : -0.1);
    return true;
  }
  if (!ofViewer("edit") || target.matches(FIELDS)) return false;
  if (/^z$/i.test(key)) event.shiftKey ? mask.redo() : mask.undo();
  else if (/^y$/i.test(key)) mask.redo();
  else return false;
  return true;
}

function plain(event) {
  const { key, target } = event;
  if (target.id === "prompt" && key === "Enter" && !event.shiftKey) {
    emit("paint");
    return true;
  }
  if (key === "Escape") return escape(target);
  if (event.altKey || target.matches(FIELDS)) return false;
  if (viewer.isOpen() && viewer.view.how !== "compare") {
    if (key === "[" || key === "]") {
      resizeBrush(key === "]" ? 6 : -6);
      return true;
    }
    const by = { ArrowLeft: -1, ArrowRight: 1 }[key];
    if (by && viewer.view.how === "look" && target.type !== "range") {
      viewer.step(by);
      return true;
    }
  }
  if (state.page.shortcuts === false && !/^Arrow/.test(key)) return false;
  return letter(event);
}

function escape(target) {
  if ($("dialog[open]") || $(":popover-open")) return false; // The browser closes them.
  if (isDropping()) endDrop();
  else if (isHistoryOpen()) toggleHistory(false);
  else if (target.id === "search" && target.value) {
    target.value = "";
    target.dispatchEvent(new Event("input"));
  } else if (!$("#drawer").hidden) toggleDrawer(false);
  else {
    const painting = queue().find((job) => job.status === "painting");
    if (painting) cancel(painting);
    else target.blur?.();
  }
  return true;
}

const ACTIONS = { v: "vary", V: "varyMore", u: "upscale", r: "repeat", e: "edit", s: "save" };

function letter({ key, target }) {
  const modal = $("dialog[open]");
  if (modal && modal.id !== "viewer") return false;
  if (modal) {
    if (viewer.view.how !== "look") return false;
    if (ACTIONS[key]) viewer.run(ACTIONS[key]);
    else if (key === "c") viewer.openView(viewer.view.job, viewer.view.index, "compare");
    else return false;
    return true;
  }
  const chosen = state.selected;
  if (/^[1-9]$/.test(key)) return choose(+key - 1);
  if (ACTIONS[key]) {
    if (chosen) act(ACTIONS[key], chosen.job, chosen.index);
    return true;
  }
  const free = {
    "/": () => $("#prompt").focus(), "?": openHelp, d: () => toggleDrawer(),
    h: () => toggleHistory(), q: () => $("#queue").togglePopover(), x: swapShape,
    i: () => chosen && emit("open", chosen.job, chosen.index),
    c: () => chosen && emit("open", chosen.job, chosen.index, "compare"),
  }[key];
  if (free) free();
  else if (/^Arrow(Left|Right)$/.test(key) && target.closest(".grid")) {
    choose(chosen.index + (key === "ArrowRight" ? 1 : -1));
  } else return false;
  return true;
}

function choose(index) {
  const job = state.selected?.job || state.jobs.find((j) => j.pics.some((p) => p.hash));
  if (!job?.pics[index]?.hash) return false;
  select(job, index);
  return true;
}
