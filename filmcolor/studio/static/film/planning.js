// Tells that the shots of a film are looked for, and how far that is.

import { element } from "../core/element.js";
import { attempt } from "../core/toast.js";
import { say, texts } from "../texts.js";

export function planningNote(session) {
  const { film: words } = texts;
  const bar = element("progress", { "aria-label": words.planning });
  const count = element("span", {});
  const stop = element("button", { type: "button", onclick: () => attempt(() => session.stopPlanning()) }, words.planningStop);
  const again = element("button.primary", { type: "button", onclick: () => attempt(() => session.plan()) }, words.planAgain);
  const heading = element("h2", {});
  const root = element("section.planning", { role: "status", hidden: true }, heading, bar, count, element("div.row", {}, stop, again));
  const show = () => {
    const { planning, film } = session;
    root.hidden = !film || film.planned;
    heading.textContent = planning ? words.planning : words.planStopped;
    bar.hidden = stop.hidden = count.hidden = !planning;
    again.hidden = Boolean(planning);
    if (!planning) return;
    if (planning.total) {
      bar.max = planning.total;
      bar.value = Math.min(planning.done, planning.total);
    } else bar.removeAttribute("value");
    count.textContent = planning.total ? say(words.planningDone, planning) : "";
  };
  session.addEventListener("planning", show);
  session.addEventListener("film", show);
  return root;
}
