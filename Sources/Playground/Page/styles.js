// Styles are words around the prompt. One is offered where the painter has learnt its words.
import * as api from "./api.js";
import { isHan } from "./dom.js";

const STYLES = {
  line: ["a line drawing of {}", "{}，线条画"],
  cartoon: ["a cartoon of {}", "{}，卡通画"],
  water: ["{}, watercolour", "{}，水彩画"],
  oil: ["{}, oil painting", "{}，油画"],
};

/// The prompt in a style; a prompt that says it already stays as it is.
export function styled(prompt, style) {
  const words = STYLES[style]?.[isHan(prompt) ? 1 : 0];
  if (!words) return prompt;
  const [before, after] = words.split("{}");
  const isSaid = prompt.startsWith(before) && prompt.endsWith(after);
  return isSaid ? prompt : before + prompt + after;
}

/// The styles whose words a painter knows.
const known = new Map();
export function stylesOf(model) {
  if (!known.has(model)) known.set(model, ask(model));
  return known.get(model);
}

async function ask(model) {
  const knows = async (name) => {
    const answers = await Promise.all(STYLES[name].map((words) =>
      api.tokenize(model, words.replace("{}", ""))));
    return answers.some((a) => !a.unknown?.length);
  };
  try {
    const names = Object.keys(STYLES);
    const answers = await Promise.all(names.map(knows));
    return names.filter((_, i) => answers[i]);
  } catch {
    known.delete(model);
    return [];
  }
}
