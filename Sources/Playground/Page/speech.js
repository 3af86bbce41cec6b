// Speaking a prompt, where the browser can listen. Nothing listens before the button is pressed.
import { $, toast } from "./dom.js";
import { setPrompt } from "./form.js";
import { emit, keep, kept } from "./store.js";
import { languageTag, t } from "./texts.js";

const Recognition = window.SpeechRecognition || window.webkitSpeechRecognition;
const button = $("#mic");
let listening = null;

export function offerSpeech() {
  button.hidden = !Recognition;
}

button.addEventListener("click", () => {
  if (listening) return listening.stop();
  if (!kept("spoken")) {
    keep("spoken", true);
    return toast(t("micTip"), { label: t("mic"), run: listen }, 8);
  }
  listen();
});

function listen() {
  listening = new Recognition();
  listening.lang = languageTag() === "en" ? "en-US" : "zh-CN";
  listening.interimResults = true;
  listening.onresult = (event) => {
    setPrompt([...event.results].map((r) => r[0].transcript).join(""));
    emit("typed");
  };
  listening.onerror = (event) => toast(t("micFailed", { why: event.error }));
  listening.onend = () => {
    listening = null;
    button.setAttribute("aria-pressed", false);
  };
  button.setAttribute("aria-pressed", true);
  listening.start();
}
