// Two pictures over one another, and a line between them that can be moved.
import { animateButton } from "./animate.js";
import { $$, h, icon, setVars } from "./dom.js";
import { altOf, crisp } from "./grid.js";
import { changeNode } from "./head.js";
import { factsOf } from "./request.js";
import { t } from "./texts.js";

/// What a picture is compared with: the one before the change, the one it started from, or the
/// next of the job.
function otherOf({ job, index, other }) {
  if (other) return other;
  if (job.before?.pics[index]?.hash) return { job: job.before, index };
  if (job.source) {
    const url = `api/v1/images/${job.source}`;
    return { job: { ...job, before: null, pics: [{ hash: job.source, url, seed: "" }] }, index: 0,
      isSource: true };
  }
  const done = job.pics.map((p, i) => (p.hash ? i : -1)).filter((i) => i >= 0);
  return { job, index: done[(done.indexOf(index) + 1) % done.length] };
}

/// `close` closes the viewer.
export function compareNodes(view, close) {
  const { job, index } = view;
  const other = otherOf(view);
  const picture = (at, more) => h("img", { src: at.job.pics[at.index].url, ...more,
    class: `${crisp(at.job)} ${more.class || ""}` });
  // Two pictures of one job are told apart by their seeds.
  const names = other.job === job
    ? [other, view].map((at) => `${t("seed")} ${at.job.pics[at.index].seed}`)
    : [t("before"), t("after")];
  const big = h("div", { class: "big cmp", vars: { x: "50%", ar: job.size.join("/") } },
    picture(other, { alt: `${names[0]}: ${altOf(other.job, other.index)}` }),
    picture(view, { class: "after", alt: `${names[1]}: ${altOf(job, index)}` }),
    h("span", { class: "split" }), h("span", { class: "tag a" }, names[0]),
    h("span", { class: "tag z" }, names[1]),
    h("input", { type: "range", min: 0, max: 100, value: 50, "aria-label": t("compareAt"),
      oninput: (e) => setVars(big, { x: e.target.value + "%" }) }));
  const flip = () => {
    const [a, b] = $$("img", big);
    [a.src, b.src] = [b.src, a.src];
    const [first, second] = $$(".tag", big);
    [first.textContent, second.textContent] = [second.textContent, first.textContent];
  };
  const title = other.job.prompt === job.prompt ? job.prompt
    : [changeNode(other.job, job), h("br"), job.prompt];
  return [h("div", { class: "view", tabindex: -1 }, big),
    h("div", { class: "side" }, h("h2", { class: "title" }, title),
      h("dl", { class: "kv" }, rows(other, view)),
      h("div", { class: "btnrow" },
        h("button", { type: "button", class: "go line", onclick: flip },
          icon("compare"), t("flip")),
        animateButton(other, view, close)))];
}

/// Facts of both; only what differs is struck and bold.
function rows(before, after) {
  const facts = ({ job, index }) => new Map([
    [t("set_model"), job.model], [t("set_seed"), String(job.pics[index].seed)],
    [t("set_size"), job.size.join(" × ")],
    ...factsOf(job).map(([label, value]) => [label, value])]);
  const [old, now] = [facts(before), facts(after)];
  return [...now].map(([label, value]) => {
    const was = old.get(label);
    const isSame = before.isSource || was === undefined || was === value;
    return h("div", {}, h("dt", {}, label),
      h("dd", {}, isSame ? value : [h("s", {}, was), " ", h("ins", {}, value)]), h("dd"));
  });
}
