// The films and photos of the opened folder.

import { element, fill } from "../core/element.js";
import { duration, number } from "../core/format.js";
import { onNews } from "../core/news.js";
import { address, ask, tell } from "../core/server.js";
import { attempt, inform } from "../core/toast.js";
import { say, texts } from "../texts.js";

/** Show the folder; returns what ends that. */
export async function filmsView(place) {
  const { films: words } = texts;
  const grid = element("ul.films", {});
  const empty = element("div.empty", { hidden: true }, element("p", {}, words.empty), element("p", {}, words.emptyHow));
  const folder = element("p.facts.folder", {});
  const path = element("input", { type: "text", placeholder: words.pathExample, spellcheck: false, autocomplete: "off" });
  const photos = element("a.button", { href: "#/photos", hidden: true }, words.allPhotos);
  const cards = new Map();
  const page = element(
    "main.page",
    { id: "content", tabIndex: -1 },
    element("header.row", {}, element("h1", {}, words.title), folder, element("span.space", {}), photos,
      element("button", { type: "button", onclick: () => refresh() }, words.refresh)),
    element(
      "form.row.add",
      {
        onsubmit: (event) => {
          event.preventDefault();
          if (path.value.trim()) add({ path: path.value });
        },
      },
      element("label.field.wide", {}, element("span", {}, words.path), path),
      element("button.primary", { type: "submit" }, words.add),
    ),
    element("p.help", {}, words.drop),
    empty,
    grid,
  );
  fill(place, page);
  document.title = `${words.title} – ${texts.app.name}`;

  const add = (body) =>
    attempt(async () => {
      const found = await tell("/api/folder/films", body);
      path.value = "";
      inform(say(words.added, { name: found.name }));
      await refresh();
    });
  const refresh = () =>
    attempt(async () => {
      const { folder: name, films } = await ask("/api/folder");
      folder.textContent = name;
      empty.hidden = films.length > 0;
      photos.hidden = !films.some((film) => film.kind === "photo");
      for (const film of films) {
        if (!cards.has(film.id)) cards.set(film.id, card(film));
        cards.get(film.id).show(film);
      }
      fill(grid, films.map((film) => cards.get(film.id).root));
    });

  const over = (event) => {
    event.preventDefault();
    page.classList.add("dropping");
  };
  const away = (event) => !page.contains(event.relatedTarget) && page.classList.remove("dropping");
  const drop = async (event) => {
    event.preventDefault();
    page.classList.remove("dropping");
    const named = event.dataTransfer.getData("text/uri-list").split(/\r?\n/).filter((line) => line.startsWith("file://"));
    if (named.length) {
      for (const uri of named) await add({ path: decodeURIComponent(new URL(uri).pathname) });
      return;
    }
    for (const file of event.dataTransfer.files) {
      // Browsers hide where a file lies: the server looks for it in the opened folder.
      const found = await attempt(() => tell("/api/folder/find", { name: file.name, size: file.size }));
      if (found?.name) {
        inform(say(words.added, { name: found.name }));
        await refresh();
      } else if (found) {
        inform(say(words.dropUnknown, { name: file.name }), { error: true });
        path.focus();
      }
    }
  };
  page.addEventListener("dragover", over);
  page.addEventListener("dragleave", away);
  page.addEventListener("drop", drop);
  let states = "";
  const ends = [
    onNews("folder", refresh),
    onNews("queue", (news) => {
      const now = news.films.map((film) => film.id + film.state).join();
      if (now !== states) refresh();
      states = now;
    }),
    onNews("back", refresh),
  ];
  await refresh();
  return { end: () => ends.forEach((end) => end()) };
}

function card(film) {
  const { films: words } = texts;
  const picture = element("img", {
    alt: "", loading: "lazy", decoding: "async", width: 240, height: 160,
    src: address(`/api/films/${film.id}/thumbnail`, { width: 320 }),
    onerror: () => picture.classList.add("missing"),
  });
  const name = element("h2", {});
  const facts = element("p.facts", {});
  const state = element("span.state", {});
  const reason = element("p.reason", {});
  const link = element("a.card", {}, element("div.card-picture", {}, picture), element("div.card-text", {}, name, element("div.row", {}, state, facts), reason));
  const root = element("li", {}, link);
  const show = (told) => {
    link.href = told.kind === "photo" ? `#/photos/${told.id}` : `#/films/${told.id}`;
    name.textContent = told.name;
    name.title = told.name;
    state.textContent = words.states[told.state];
    root.dataset.state = told.state;
    root.dataset.kind = told.kind;
    facts.textContent = [
      told.kind === "film" ? "" : words.kinds[told.kind],
      duration(told.seconds),
      told.frames ? say(words.frames, { count: number(told.frames) }) : "",
    ].filter(Boolean).join(" · ");
    reason.textContent = told.reason;
    reason.hidden = !told.reason;
  };
  return { root, show };
}
