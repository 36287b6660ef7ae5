// Painting: tools, a palette, brush size; a repainted picture in place of strokes.

import { choice, element, fill } from "../core/element.js";
import { attempt, inform } from "../core/toast.js";
import { say, texts } from "../texts.js";
import { Brush } from "./brush.js";
import { slider } from "./slider.js";

export function paintPanel(session, pane, palette) {
  const { paint: words } = texts;
  const state = { tool: "brush", color: palette[0].colors[4].color, radius: 6 };
  const swatch = element("input.free", {
    type: "color", value: state.color, "aria-label": words.free, title: words.free,
    oninput: () => choose(swatch.value),
  });
  const picked = element("output.picked", {});
  const colors = palette.map(({ name, colors: group }) =>
    element(
      "fieldset.palette",
      {},
      element("legend", {}, name),
      group.map(({ name: label, color, short }) => {
        const button = element("button.swatch", {
          type: "button", title: label, "aria-label": label, "aria-pressed": "false", "data-color": color,
          onclick: () => choose(color, label),
        }, element("span", {}, short ?? ""));
        button.style.setProperty("background-color", color);
        return button;
      }),
    ),
  );
  const buttons = () => root.querySelectorAll(".swatch");
  const tools = choice(
    words.tools,
    { brush: words.brush, eraser: words.eraser, neutral: words.neutral, picker: words.picker },
    state.tool,
    (tool) => (state.tool = tool),
  );
  const choose = (color, label = "") => {
    state.color = color;
    swatch.value = color;
    if (state.tool !== "brush") {
      state.tool = "brush";
      tools.choose("brush");
    }
    picked.textContent = label || color;
    for (const button of buttons()) button.setAttribute("aria-pressed", String(button.dataset.color === color));
  };
  const radius = slider({
    label: words.radius, min: 1, max: 60, step: 1, usual: state.radius,
    oninput: (value) => (state.radius = value),
    onchange: (value) => (state.radius = value),
  });
  const chooser = element("input", {
    type: "file", accept: "image/png,image/*", hidden: true, "aria-label": words.repaintAdd,
    onchange: async () => {
      if (chooser.files.length) await session.pin(chooser.files[0]);
      chooser.value = "";
    },
  });
  const save = element("a.button", { download: "" }, texts.film.savePicture);
  const clear = element("button", { type: "button", onclick: () => session.unpaint() }, words.clear);
  const root = element(
    "section.panel-body",
    {},
    element("p.help", {}, words.help),
    element("div.block", {}, tools, radius.root, element("div.current", {}, swatch, picked)),
    element("div.block.palettes", { role: "group", "aria-label": words.palette }, colors),
    element("div.block", {}, clear, element("p.help", {}, words.keyboardHelp)),
    element(
      "div.block.drop",
      { "data-drop": "keyframe" },
      element("h3", {}, words.repaint),
      element("p.help", {}, words.repaintHelp),
      chooser,
      element("div.row", {}, save, element("button", { type: "button", onclick: () => chooser.click() }, words.repaintAdd)),
    ),
  );
  const brush = new Brush(pane, state, {
    ondone: (stroke) => session.paint([stroke]),
    onpick: (x, y) =>
      attempt(async () => {
        const color = await session.color(Math.floor(x), Math.floor(y));
        choose(color);
        inform(say(words.picked, { color }));
      }),
  });
  const follow = () => {
    save.href = `${session.path(`/frames/${session.frame}`)}?exact=1&save=1`;
    clear.disabled = !(session.film?.painted ?? []).includes(session.frame);
  };
  session.addEventListener("place", follow);
  session.addEventListener("film", follow);
  choose(state.color, palette[0].colors[4].name);
  return { root, setActive: (active) => brush.setActive(active) };
}
