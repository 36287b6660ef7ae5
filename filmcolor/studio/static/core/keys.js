// Keys that hold for a whole view, unless something that takes them itself has the focus.

const PRESSED = "button, summary, input[type=radio], input[type=checkbox]";
const TAKES_KEYS = "input:not([type=radio]):not([type=checkbox]):not([type=range]), select, textarea, [contenteditable]";

/**
 * Listen to keys by name, such as { "ArrowLeft": f, "Ctrl+z": f }, while `hold()` is true; returns
 * what ends that. What was pressed by a pointer lets go of the keys at once: they are the view's.
 */
export function keys(bindings, hold = () => true) {
  let pointed = false; // whether the pointer was used last; a label's click is its input's, too
  const point = () => (pointed = true);
  const release = (event) => pointed && event.target.closest?.(PRESSED)?.blur();
  const listen = (event) => {
    pointed = false;
    if (event.defaultPrevented || !hold() || document.querySelector("dialog[open]")) return;
    const target = event.target;
    if (target.matches?.(TAKES_KEYS)) return;
    const name = `${event.ctrlKey || event.metaKey ? "Ctrl+" : ""}${event.shiftKey ? "Shift+" : ""}${event.key.length === 1 ? event.key.toLowerCase() : event.key}`;
    if (target.matches?.("input[type=range], input[type=radio]") && /^(Shift\+)?(Arrow|Page|Home|End)/.test(name)) return;
    if (target.matches?.("button, a, input:not([type=range]), summary") && name === " ") return;
    if (target.matches?.("button, a, summary") && name === "Enter") return;
    const action = bindings[name];
    if (!action) return;
    event.preventDefault();
    action(event);
  };
  document.addEventListener("keydown", listen);
  document.addEventListener("pointerdown", point, true);
  document.addEventListener("click", release);
  return () => {
    document.removeEventListener("keydown", listen);
    document.removeEventListener("pointerdown", point, true);
    document.removeEventListener("click", release);
  };
}
