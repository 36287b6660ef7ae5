// Keys that hold for a whole view, unless something that takes them itself has the focus.

const TAKES_KEYS = "input:not([type=radio]):not([type=checkbox]):not([type=range]), select, textarea, [contenteditable]";

/**
 * Listen to keys by name, such as { "ArrowLeft": f, "Ctrl+z": f }; returns what ends that.
 * `own` is asked for elements that need some of these keys themselves.
 */
export function keys(bindings) {
  const listen = (event) => {
    if (event.defaultPrevented || document.querySelector("dialog[open]")) return;
    const target = event.target;
    if (target.matches?.(TAKES_KEYS)) return;
    const name = `${event.ctrlKey || event.metaKey ? "Ctrl+" : ""}${event.shiftKey ? "Shift+" : ""}${event.key.length === 1 ? event.key.toLowerCase() : event.key}`;
    if (target.matches?.("input[type=range], input[type=radio]") && /^(Shift\+)?(Arrow|Page|Home|End)/.test(name)) return;
    if (target.matches?.("button, a, input, summary") && name === " ") return;
    if (target.matches?.("button, a, summary") && name === "Enter") return;
    const action = bindings[name];
    if (!action) return;
    event.preventDefault();
    action(event);
  };
  document.addEventListener("keydown", listen);
  return () => document.removeEventListener("keydown", listen);
}
