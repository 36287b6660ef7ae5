// How a film is to be coloured into a file, and the command line that does the same.

import { element } from "../core/element.js";
import { tell } from "../core/server.js";
import { complain } from "../core/toast.js";
import { say, texts } from "../texts.js";
import { copyable } from "./copyable.js";

/** Ask how a film is to be coloured; then it stands in the queue. */
export function outputForm(film, choices) {
  const { queue: words } = texts;
  const field = (label, input, help) =>
    element("label.field", {}, element("span", {}, label), input, help ? element("small.help", {}, help) : null);
  const codec = element("select", {}, choices.codecs.map((name) => element("option", { value: name }, name === "auto" ? words.auto : name)));
  const crf = element("input", { type: "number", min: 0, max: 63, step: 1, placeholder: words.defaultOption });
  const preset = element("input", { type: "text", placeholder: words.defaultOption, spellcheck: false });
  const start = element("input", { type: "text", placeholder: "00:00:00", spellcheck: false });
  const end = element("input", { type: "text", placeholder: "00:00:00", spellcheck: false });
  const output = element("input", { type: "text", value: film.target, spellcheck: false });
  const overwrite = element("input", { type: "checkbox" });
  const command = copyable("");
  const wrong = element("p.trouble", { role: "alert", hidden: true });
  const add = element("button.primary", { type: "submit" }, words.add);
  const given = () => ({
    film: film.id,
    output: output.value.trim() || null,
    start: start.value.trim() || null,
    end: end.value.trim() || null,
    overwrite: overwrite.checked,
    options: {
      ...(codec.value !== "auto" ? { codec: codec.value } : {}),
      ...(crf.value !== "" ? { crf: Number(crf.value) } : {}),
      ...(preset.value.trim() ? { preset: preset.value.trim() } : {}),
    },
  });
  let asked = 0;
  const refresh = async () => {
    const mine = (asked += 1);
    try {
      const found = await tell("/api/queue/command", given());
      if (mine !== asked) return;
      command.set(found.command);
      wrong.hidden = true;
      add.disabled = false;
    } catch (error) {
      if (mine !== asked) return;
      wrong.textContent = error.message;
      wrong.hidden = false;
      add.disabled = true;
    }
  };
  const dialog = element(
    "dialog.form",
    { "aria-labelledby": "output-title", onclose: () => dialog.remove() },
    element(
      "form",
      {
        method: "dialog",
        oninput: refresh,
        onsubmit: async (event) => {
          event.preventDefault();
          try {
            await tell("/api/queue", given());
            dialog.close();
            location.hash = "#/queue";
          } catch (error) {
            wrong.textContent = error.message;
            wrong.hidden = false;
            if (!error.status) complain(error);
          }
        },
      },
      element("h2", { id: "output-title" }, say(words.form, { name: film.name })),
      field(words.target, output),
      element("div.columns", {}, field(words.codec, codec), field(words.quality, crf), field(words.preset, preset)),
      element("div.columns", {}, field(words.from, start), field(words.to, end)),
      element("p.help", {}, words.partHelp),
      element("label.check", {}, overwrite, element("span", {}, words.overwrite)),
      element("div.field", {}, element("span", {}, words.sameCommand), command.root),
      wrong,
      element("div.row.end", {}, element("button", { type: "button", onclick: () => dialog.close() }, texts.app.cancel), add),
    ),
  );
  document.body.append(dialog);
  dialog.showModal();
  refresh();
}
