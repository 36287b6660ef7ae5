// What can be set of a shot, of its room, or of the whole film.

import { choice, element, fill } from "../core/element.js";
import { duration } from "../core/format.js";
import { attempt } from "../core/toast.js";
import { say, texts } from "../texts.js";
import { slider } from "./slider.js";

const SLIDERS = { saturation: 0.02, warmth: 0.5, tint: 0.5, strength: 0.01 };
const SHOWN = { saturation: [0, 2] }; // what is sensible of a wider range

export function shotPanel(session, choices) {
  const { shot: words, film } = texts;
  let scope = "shot";
  let details = null;
  const set = (change) => session.change(change, scope);

  const scopes = choice(words.scope, words.scopes, scope, (value) => (scope = value));
  const sliders = Object.fromEntries(
    Object.entries(SLIDERS).map(([name, step]) => {
      const { min, max, usual } = choices.bounds[name];
      const [low, high] = SHOWN[name] ?? [min, max];
      return [
        name,
        slider({
          label: words[name], min: low, max: high, step, usual,
          oninput: (value) => session.try({ [name]: value }, scope),
          onchange: (value) => set({ [name]: value }),
        }),
      ];
    }),
  );
  const select = (label, options, act) => {
    const field = element(
      "select",
      { onchange: () => act(field.value) },
      options.map(([value, text]) => element("option", { value }, text)),
    );
    return { field, root: element("label.field", {}, element("span", {}, label), field) };
  };
  const orNull = (value) => (value === "" ? null : value);
  const method = select(words.method, [["", words.asRun], ...Object.entries(words.methods)], (value) => set({ method: orNull(value) }));
  const network = select(words.network, [["", words.asRun], ...choices.networks.map((name) => [name, name])], (value) => set({ network: orNull(value) }));
  const kind = select(words.kind, Object.entries(film.kinds), (value) => set({ kind: value }));
  const room = select(words.roomLabel, [], (value) => set({ room: value === "own" ? "own" : Number(value) }));
  const skip = element("input", { type: "checkbox", onchange: () => set({ skip: skip.checked ? true : null }) });
  const check = (input, text) => element("label.check", {}, input, element("span", {}, text));
  const title = element("h2", {});
  const facts = element("p.facts", {});
  const references = element("ul.references", {});
  const chooser = element("input", {
    type: "file", accept: "image/*", hidden: true, "aria-label": words.referencesAdd,
    onchange: async () => {
      if (chooser.files.length) await session.refer(chooser.files[0], scope);
      chooser.value = "";
    },
  });
  const resetAll = element("button.quiet", {
    type: "button",
    onclick: () => set({ saturation: null, warmth: null, tint: null, strength: null, skip: null }),
  }, words.resetAll);

  const root = element(
    "section.panel-body",
    {},
    element("header", {}, title, facts),
    element("div.field", {}, element("span", {}, words.scope), scopes),
    element("div.block", {}, Object.values(sliders).map(({ root: row }) => row), resetAll),
    element("div.block", {}, check(skip, words.skip)),
    element("div.block", {}, kind.root, room.root, method.root, network.root),
    element(
      "div.block.drop",
      { "data-drop": "reference" },
      element("h3", {}, words.references),
      element("p.help", {}, words.referencesHelp),
      references,
      chooser,
      element("button", { type: "button", onclick: () => chooser.click() }, words.referencesAdd),
    ),
  );
  root.refer = (file) => session.refer(file, scope);

  const refresh = async () => {
    const { shot } = session;
    root.inert = !shot;
    if (!shot) return;
    const asked = shot.number;
    const found = await attempt(() => session.details());
    if (!found || session.shot?.number !== asked) return;
    details = found;
    fill(title, say(film.shot, { number: shot.number }));
    facts.textContent = say(words.from, { time: duration(shot.ends - shot.begins), frames: shot.end - shot.first });
    if (!session.trial) for (const [name, one] of Object.entries(sliders)) one.set(details.effective[name]);
    method.field.value = details.settings.method ?? "";
    network.field.value = details.settings.network ?? "";
    kind.field.value = shot.kind ?? "shot";
    const rooms = [...new Set(session.shots.map((other) => other.room).filter((number) => number !== null))].sort((a, b) => a - b);
    fill(
      room.field,
      shot.room === null && element("option", { value: "", disabled: true }, words.roomNone),
      rooms.map((number) => element("option", { value: number }, say(film.room, { number }))),
      element("option", { value: "own" }, words.roomNew),
    );
    room.field.value = shot.room ?? "";
    room.field.title = words.roomHelp;
    skip.checked = Boolean(details.settings.skip);
    scopes.enable("room", shot.room !== null);
    fill(
      references,
      details.references.map((name) =>
        element("li", {}, element("span", {}, name), element("button.quiet", {
          type: "button", title: say(words.referencesRemove, { name }), "aria-label": say(words.referencesRemove, { name }),
          onclick: () => set({ references: null }),
        }, "×")),
      ),
    );
  };
  let known = null;
  const follow = () => {
    const key = `${session.shot?.number} ${session.film?.revision}`;
    if (key !== known) refresh();
    known = key;
  };
  session.addEventListener("refused", refresh);
  session.addEventListener("place", follow);
  session.addEventListener("film", follow);
  return { root, refresh };
}
