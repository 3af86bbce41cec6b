// Small helpers for the document. Text from outside goes in as text, never as HTML.

export const $ = (selector, from = document) => from.querySelector(selector);
export const $$ = (selector, from = document) => [...from.querySelectorAll(selector)];

/// An element: `on…` are listeners, `vars` custom properties, the rest attributes.
export function h(name, props = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(props)) {
    if (value === undefined || value === null) continue;
    if (value === false && !key.startsWith("aria-")) continue;
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (key === "vars") setVars(element, value);
    else element.setAttribute(key, value === true && !key.startsWith("aria-") ? "" : value);
  }
  element.append(...children.flat(3).filter((c) => c !== null && c !== undefined && c !== false));
  return element;
}

/// The content policy forbids style attributes; custom properties go through the object model.
export function setVars(element, values) {
  for (const [name, value] of Object.entries(values)) element.style.setProperty("--" + name, value);
}

const SVG = "http://www.w3.org/2000/svg";

export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", "#i-" + name);
  svg.setAttribute("aria-hidden", "true");
  svg.append(use);
  return svg;
}

/// A button that is an icon alone; its label is its tip too.
export function iconButton(label, name, onclick, more = {}) {
  const props = { type: "button", class: "quiet icon", "aria-label": label, "data-tip": label };
  return h("button", { ...props, onclick, ...more }, icon(name));
}

/// A slider with its label and value. `change` hears each movement, `settle` the last.
export function slider(id, label, { min, max, step, value, change, settle, reset, help }) {
  const place = (x) => `${((x - min) / (max - min || 1)) * 100}%`;
  const out = h("output", { for: id }, String(value));
  const input = h("input", {
    type: "range", id, min, max, step, value, vars: { v: place(value) },
    oninput: () => {
      out.textContent = input.value;
      setVars(input, { v: place(+input.value) });
      change?.(+input.value);
    },
    onchange: () => settle?.(+input.value),
  });
  const head = h("label", { for: id, class: "lab" }, h("span", {}, label), out);
  return h("div", { class: "set" }, h("div", { class: "labrow" }, head, reset), input,
    help ? h("p", {}, help) : null);
}

/// What screen readers are told; and what everyone is, for a moment.
export function say(text) {
  $("#say").textContent = text;
}

let toastTimer;
export function toast(text, action, seconds = 2.4) {
  say(text);
  const box = $("#toast");
  // It has been said; what can be pressed is there for everyone.
  box.replaceChildren(h("span", { "aria-hidden": true }, text));
  if (action) box.append(h("button", { type: "button", onclick: () => {
    box.hidden = true;
    action.run();
  } }, action.label));
  box.hidden = false;
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => { box.hidden = true; }, seconds * 1000);
}

/// A number that is new each time, also where the page is not on a secure address.
export function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((b) => b.toString(16).padStart(2, "0")).join("");
}

/// Calls at most once after it has been quiet for so long.
export function debounced(milliseconds, call) {
  let timer;
  return (...values) => {
    clearTimeout(timer);
    timer = setTimeout(() => call(...values), milliseconds);
  };
}

export const isHan = (text) => /[\u3400-\u9fff]/.test(text);
export const langOf = (text) => (isHan(text) ? "zh-Hans" : "en");
