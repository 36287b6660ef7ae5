// The studio's page: its bar, and one view at a time, by the address behind the #.

import { cameraView } from "./camera/view.js";
import { element, fill } from "./core/element.js";
import { listen, onNews } from "./core/news.js";
import { ask } from "./core/server.js";
import { attempt, complain, inform, takeBack, toastPlace } from "./core/toast.js";
import { filmView } from "./film/view.js";
import { filmsView } from "./films/view.js";
import { photosView } from "./photos/view.js";
import { queueView } from "./queue/view.js";
import { texts } from "./texts.js";

const { app } = texts;
const place = element("div.place-of-view", {});
const badge = element("span.badge", { hidden: true });
const links = {
  films: element("a", { href: "#/films" }, app.films),
  photos: element("a", { href: "#/photos" }, app.photos),
  queue: element("a", { href: "#/queue" }, app.queue, badge),
  camera: element("a", { href: "#/camera" }, app.camera),
};

function frame() {
  const skip = element("a.skip", {
    href: "#content",
    onclick: (event) => {
      event.preventDefault();
      document.getElementById("content")?.focus();
    },
  }, app.skip);
  fill(
    document.getElementById("studio"),
    skip,
    element("nav.bar", { "aria-label": app.main }, element("a.brand", { href: "#/films" }, app.name), Object.values(links)),
    place,
    toastPlace(),
  );
}

let now = { key: "", view: null };
let turn = 0;

async function route(choices) {
  const [, kind = "films", id = "", rest = ""] = (location.hash || "#/films").split("/");
  const key = `${kind}/${kind === "films" ? id : ""}`;
  for (const [name, link] of Object.entries(links)) {
    if (name === kind) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  if (key === now.key && kind === "films" && id) {
    now.view?.go(Number(rest) || 0);
    return;
  }
  const mine = (turn += 1);
  now.view?.end();
  now = { key, view: null };
  fill(place);
  const views = {
    films: () => (id ? filmView(place, id, choices) : filmsView(place)),
    photos: () => photosView(place, id, choices),
    queue: () => queueView(place),
    camera: () => cameraView(place),
  };
  if (!views[kind]) {
    fill(place, element("main.page", { id: "content" }, element("p", {}, app.unknownPage)));
    return;
  }
  const view = await attempt(views[kind]);
  if (mine !== turn) view?.end();
  else {
    now.view = view;
    if (kind === "films" && id && rest) view?.go?.(Number(rest) || 0);
  }
}

function count(films) {
  const open = films.filter((film) => ["running", "waiting"].includes(film.state)).length;
  badge.textContent = open;
  badge.hidden = open === 0;
}

async function begin() {
  frame();
  for (const kind of ["dragover", "drop"]) addEventListener(kind, (event) => event.preventDefault());
  onNews("queue", (news) => count(news.films));
  onNews("lost", () => inform(app.lost, { error: true }));
  onNews("locked", () => {
    takeBack(app.lost);
    inform(app.locked, { error: true });
  });
  onNews("back", () => {
    takeBack(app.lost);
    inform(app.back);
  });
  listen();
  let choices;
  try {
    choices = await ask("/api/choices");
    count((await ask("/api/queue")).films);
  } catch (error) {
    complain(error);
    return;
  }
  addEventListener("hashchange", () => route(choices));
  await route(choices);
}

begin();
