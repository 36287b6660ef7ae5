// Short messages, in a corner; errors stay until they are closed.

import { element } from "./element.js";
import { texts, say } from "../texts.js";

const SECONDS = 4;
const shown = new Map();
const place = element("div.toasts", { role: "status", "aria-live": "polite" });

export function toastPlace() {
  return place;
}

export function inform(text, { error = false } = {}) {
  if (shown.has(text)) return;
  const box = element(
    error ? "div.toast.error" : "div.toast",
    error ? { role: "alert" } : {},
    element("p", {}, text),
    element("button.quiet", { type: "button", onclick: () => away() }, texts.app.close),
  );
  const away = () => {
    shown.delete(text);
    box.remove();
  };
  shown.set(text, away);
  place.append(box);
  if (!error) setTimeout(away, SECONDS * 1000);
}

/** Show why something did not work. */
export function complain(error) {
  if (error?.name === "AbortError") return;
  inform(say(texts.app.failed, { reason: error?.message ?? String(error) }), { error: true });
}

/** Run asynchronous work; what goes wrong is shown. */
export async function attempt(work) {
  try {
    return await work();
  } catch (error) {
    complain(error);
    return undefined;
  }
}

export function takeBack(text) {
  shown.get(text)?.();
}
