// The buttons of a picture pane: before/after and zoom.

import { choice, element, iconButton } from "../core/element.js";
import { icons } from "../core/icons.js";
import { texts } from "../texts.js";

/** Buttons for a pane; returns them with `setMode(mode)`. */
export function pictureToolbar(pane) {
  const { film } = texts;
  const modes = choice(
    film.view,
    { color: film.color, compare: film.compare, grey: film.grey },
    pane.mode,
    (mode) => pane.setMode(mode),
  );
  const level = element("button.quiet.level", {
    type: "button",
    title: film.zoomPixels,
    onclick: () => (pane.zoom.scale === 1 ? pane.zoom.fit() : pane.zoom.to(1)),
  });
  const fit = element("button.quiet", { type: "button", onclick: () => pane.zoom.fit() }, film.zoomFit);
  pane.onzoom = (scale, fits) => {
    level.textContent = `${Math.round(scale * 100)} %`;
    level.setAttribute("aria-label", `${film.zoomLevel} ${level.textContent}, ${film.zoomPixels}`);
    fit.disabled = fits;
  };
  const root = element(
    "div.toolbar",
    { role: "group", "aria-label": film.view },
    modes,
    element(
      "div.group",
      {},
      iconButton(icons.minus, film.zoomOut, () => pane.zoom.step(-1)),
      level,
      iconButton(icons.plus, film.zoomIn, () => pane.zoom.step(1)),
      fit,
    ),
  );
  pane.zoom.onchange();
  return {
    root,
    setMode: (mode) => {
      modes.choose(mode);
      pane.setMode(mode);
    },
  };
}
