// What the page knows, who hears of changes, and what the browser keeps for it.

export const state = {
  capabilities: null,
  jobs: [], // newest first
  selected: null, // { job, index }
  mode: "pictures",
  settings: {}, // of the painter at hand, by field id
  page: {}, // the page's own settings
  start: null, // { hash, url, strength, name }: the picture to start from
  held: null, // { network, picture, weight, edges }: what paintings are held to
  away: false,
  paused: false,
  live: false,
};

const listeners = new Map();

/// Names: jobs, job, step, image, preview, away, language, model, settings, history, selected.
export function on(name, call) {
  for (const one of name.split(" ")) {
    if (!listeners.has(one)) listeners.set(one, []);
    listeners.get(one).push(call);
  }
}

export function emit(name, ...values) {
  for (const call of listeners.get(name) || []) call(...values);
}

/// The page works without storage, too.
export function kept(name, otherwise = null) {
  try {
    const text = localStorage.getItem("pinxit." + name);
    return text === null ? otherwise : JSON.parse(text);
  } catch {
    return otherwise;
  }
}

export function keep(name, value) {
  try {
    if (value === null || value === undefined) localStorage.removeItem("pinxit." + name);
    else localStorage.setItem("pinxit." + name, JSON.stringify(value));
  } catch { /* no storage */ }
}

const models = () => state.capabilities?.models || [];
export const modelNamed = (id) => models().find((m) => m.id === id);
export const currentModel = () => modelNamed(document.querySelector("#model").value) || models()[0];
/// Whether a painter is quick enough to paint while somebody types: a picture in a second.
export const isQuick = (model) => !!model && (model.few_step || (model.seconds ?? 9) <= 1);
export const can = (id, what) => !!modelNamed(id)?.can?.includes(what);
