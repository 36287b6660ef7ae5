// The vectorscope: which colours the shown frame has. The server draws it.

import { element } from "../core/element.js";
import { Latest } from "../core/latest.js";
import { address, picture } from "../core/server.js";
import { say, texts } from "../texts.js";

export function scope(session) {
  const canvas = element("canvas.scope-canvas", { role: "img", "aria-label": texts.film.scope, width: 192, height: 192 });
  const root = element("div.scope", { hidden: true }, canvas);
  const latest = new Latest();
  const refresh = () => {
    if (root.hidden || !session.film?.planned) return;
    latest.run(async () => {
      const { frame, trial } = session;
      try {
        const asked = { trial: trial ? JSON.stringify(trial) : null };
        const { bitmap } = await picture(address(session.path(`/frames/${frame}/scope`), asked));
        const pen = canvas.getContext("2d");
        pen.clearRect(0, 0, canvas.width, canvas.height);
        pen.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
        canvas.setAttribute("aria-label", say(texts.film.scopeAlt, { frame }));
        root.dataset.frame = frame;
      } catch {
        // the picture itself tells what is wrong
      }
    });
  };
  session.addEventListener("picture", (event) => event.detail.side === "color" && refresh());
  return {
    root,
    toggle: () => {
      root.hidden = !root.hidden;
      refresh();
      return !root.hidden;
    },
  };
}
