// Panels of which one is shown.

import { element } from "../core/element.js";

let count = 0;

/** Panels by their titles, each `{ root, onshow }`. */
export function tabs(label, panels) {
  const entries = Object.entries(panels).map(([title, panel]) => {
    const id = `tab-${(count += 1)}`;
    const tab = element("button.tab", { type: "button", role: "tab", id, onclick: () => show(title) }, title);
    const box = element("div.tab-panel", { role: "tabpanel", "aria-labelledby": id, tabIndex: -1 }, panel.root);
    return { title, panel, tab, box };
  });
  const show = (title, focus = false) => {
    for (const entry of entries) {
      const chosen = entry.title === title;
      entry.tab.setAttribute("aria-selected", String(chosen));
      entry.tab.tabIndex = chosen ? 0 : -1;
      entry.box.hidden = !chosen;
      if (chosen && focus) entry.tab.focus();
      if (chosen) entry.panel.onshow?.();
    }
  };
  const bar = element(
    "div.tabs",
    {
      role: "tablist",
      "aria-label": label,
      onkeydown: (event) => {
        const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
        if (!by) return;
        event.preventDefault();
        const at = entries.findIndex((entry) => entry.tab.getAttribute("aria-selected") === "true");
        show(entries[(at + by + entries.length) % entries.length].title, true);
      },
    },
    entries.map((entry) => entry.tab),
  );
  show(entries[0].title);
  return { root: element("aside.panel", { "aria-label": label }, bar, entries.map((entry) => entry.box)), show };
}
