// The queue: what is coloured now, what waits, and what has become of the rest.

import { element, fill, iconButton } from "../core/element.js";
import { duration, number } from "../core/format.js";
import { icons } from "../core/icons.js";
import { onNews } from "../core/news.js";
import { ask, tell } from "../core/server.js";
import { attempt } from "../core/toast.js";
import { say, texts } from "../texts.js";
import { copyable } from "./copyable.js";
import { watch } from "./watch.js";

const ACTIONS = {
  waiting: ["pause", "cancel"],
  running: ["pause", "cancel"],
  paused: ["start", "cancel"],
  failed: ["again"],
  cancelled: ["again"],
  done: [],
};

/** Show the queue; returns what ends that. */
export async function queueView(place) {
  const { queue: words } = texts;
  const list = element("ol.queue", {});
  const empty = element("p.empty", { hidden: true }, words.empty);
  const items = new Map();
  fill(place, element("main.page", { id: "content", tabIndex: -1 }, element("h1", {}, words.title), empty, list));
  document.title = `${words.title} – ${texts.app.name}`;

  const show = (films) => {
    empty.hidden = films.length > 0;
    for (const [id, item] of items) {
      if (films.some((film) => film.id === id)) continue;
      item.root.remove();
      items.delete(id);
    }
    films.forEach((film, at) => {
      if (!items.has(film.id)) items.set(film.id, queueItem(film.id));
      const item = items.get(film.id);
      item.show(film, at, films.length);
      if (list.children[at] !== item.root) list.insertBefore(item.root, list.children[at] ?? null);
    });
  };
  const refresh = () => attempt(async () => show((await ask("/api/queue")).films));
  const ends = [
    onNews("queue", (news) => show(news.films)),
    onNews("back", refresh),
  ];
  await refresh();
  return { end: () => ends.forEach((end) => end()) };
}

function queueItem(id) {
  const { queue: words } = texts;
  const act = (action, body) => attempt(() => tell(`/api/queue/${id}/${action}`, body));
  let film = null;
  let at = 0;
  const name = element("h2", {});
  const state = element("span.state", {});
  const bar = element("progress", {});
  const facts = element("p.facts", {});
  const reason = element("p.trouble", {});
  const notes = element("ul.notes", {});
  const command = copyable("");
  const actions = {
    start: element("button", { type: "button", onclick: () => act("start") }, words.start),
    again: element("button", { type: "button", onclick: () => act("start") }, words.again),
    pause: element("button", { type: "button", onclick: () => act("pause") }, words.pause),
    cancel: element("button", { type: "button", onclick: () => act("cancel") }, words.cancel),
  };
  const watchIt = element("button", { type: "button", onclick: () => watch({ id: film.film, output: film.output }) }, words.watch);
  const up = iconButton(icons.up, words.up, () => act("place", { place: at - 1 }));
  const down = iconButton(icons.down, words.down, () => act("place", { place: at + 1 }));
  const remove = iconButton(icons.close, words.remove, () => attempt(() => tell(`/api/queue/${id}`, {}, "DELETE")));
  const root = element(
    "li.queue-item",
    {},
    element("header.row", {}, name, state, element("span.space", {}), watchIt, Object.values(actions), up, down, remove),
    bar,
    facts,
    reason,
    notes,
    element("details", {}, element("summary", {}, words.command), command.root),
  );
  const show = (told, place, count) => {
    film = told;
    at = place;
    root.dataset.state = film.state;
    name.textContent = film.name;
    state.textContent = words.states[film.state];
    bar.setAttribute("aria-label", film.name);
    bar.hidden = !["running", "paused", "waiting"].includes(film.state);
    if (film.total) {
      bar.max = film.total;
      bar.value = Math.min(film.frames, film.total);
    } else if (film.state === "running") bar.removeAttribute("value");
    else bar.value = 0;
    const running = film.state === "running";
    facts.textContent = [
      film.output,
      film.total ? say(words.progress, { done: number(film.frames), total: number(film.total) }) : "",
      running && film.fps ? say(words.speed, { fps: film.fps.toFixed(1) }) : "",
      running && film.left !== null ? say(words.left, { time: duration(film.left) }) : "",
    ].filter(Boolean).join(" · ");
    reason.textContent = film.reason;
    reason.hidden = !film.reason;
    fill(notes, film.notes.map((note) => element("li", {}, note)));
    notes.hidden = !film.notes.length;
    command.set(film.command);
    for (const [action, button] of Object.entries(actions)) button.hidden = !ACTIONS[film.state].includes(action);
    watchIt.hidden = film.state !== "done";
    up.disabled = place === 0;
    down.disabled = place === count - 1;
  };
  return { root, show };
}
