// A command line, and a button that copies it.

import { element } from "../core/element.js";
import { inform } from "../core/toast.js";
import { texts } from "../texts.js";

export function copyable(text) {
  const code = element("code", { tabIndex: 0, role: "textbox", "aria-readonly": "true", "aria-label": texts.queue.command }, text);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(code.textContent);
      inform(texts.queue.copied);
    } catch {
      const range = document.createRange(); // where the clipboard is closed: choose it
      range.selectNodeContents(code);
      getSelection().removeAllRanges();
      getSelection().addRange(range);
    }
  };
  const root = element("div.copyable", {}, code, element("button", { type: "button", onclick: copy }, texts.queue.copy));
  return { root, set: (value) => code.textContent !== value && (code.textContent = value) };
}
