// Photos of the folder: before/after, colours, saving one or all.

import { element, fill } from "../core/element.js";
import { Latest } from "../core/latest.js";
import { onNews } from "../core/news.js";
import { address, ask, picture, tell } from "../core/server.js";
import { attempt, inform } from "../core/toast.js";
import { keys } from "../core/keys.js";
import { slider } from "../panel/slider.js";
import { PicturePane } from "../picture/pane.js";
import { pictureToolbar } from "../picture/toolbar.js";
import { say, texts } from "../texts.js";

const SLIDERS = { saturation: [0, 2, 0.02], warmth: [-60, 60, 1], tint: [-60, 60, 1], strength: [0, 1, 0.02] };

function thumbnail(id) {
  const picture = element("img", {
    alt: "", loading: "lazy", src: address(`/api/films/${id}/thumbnail`, { width: 160 }),
    onerror: () => picture.classList.add("missing"),
  });
  return picture;
}

/** Show photos, one of them large; returns what ends that. */
export async function photosView(place, id, choices) {
  const { photos: words } = texts;
  const pane = new PicturePane(words.title);
  const toolbar = pictureToolbar(pane);
  toolbar.setMode("compare");
  const list = element("ul.photo-list", { "aria-label": words.list });
  const empty = element("p.empty", { hidden: true }, words.empty);
  const name = element("h1", {}, words.title);
  const trouble = element("p.trouble", { role: "alert", hidden: true });
  const latest = new Latest();
  const options = {};
  let photos = [];
  let chosen = null;
  let greyOf = null;

  const show = () =>
    latest.run(async () => {
      const photo = chosen;
      if (!photo) return;
      try {
        const path = `/api/photos/${photo.id}`;
        const { bitmap } = await picture(address(path, { ...options, width: 1600 }));
        pane.showColor(bitmap);
        pane.label(say(words.picture, { name: photo.name }));
        pane.root.dataset.photo = photo.id;
        if (greyOf !== photo.id) {
          const before = await picture(address(path, { side: "grey", width: 1600 }));
          pane.showGrey(before.bitmap);
          greyOf = photo.id;
        }
        trouble.hidden = true;
      } catch (error) {
        if (pane.root.dataset.photo !== photo.id) pane.clear(); // what is seen is another photo
        greyOf = null;
        trouble.textContent = error.message;
        trouble.hidden = false;
      }
    });
  const choose = (photo) => {
    chosen = photo;
    name.textContent = photo?.name ?? words.title;
    for (const button of list.querySelectorAll("button")) {
      button.setAttribute("aria-current", String(button.dataset.photo === photo?.id));
    }
    if (photo) history.replaceState(null, "", `#/photos/${photo.id}`);
    pane.zoom.fit();
    show();
  };
  const sliders = Object.entries(SLIDERS).map(([key, [min, max, step]]) => {
    const set = (value) => {
      options[key] = value;
      show();
    };
    return slider({ label: texts.shot[key], min, max, step, usual: choices.bounds[key].usual, oninput: set, onchange: set });
  });
  const overwrite = element("input", { type: "checkbox" });
  const save = element("button.primary", {
    type: "button",
    onclick: () => attempt(async () => {
      const saved = await tell(`/api/photos/${chosen.id}/save`, { options, overwrite: overwrite.checked });
      inform(say(saved.made ? words.saved : words.kept, { name: saved.name, fresh: words.fresh }));
    }),
  }, words.save);
  const saveAll = element("button", {
    type: "button",
    onclick: () => attempt(() => tell("/api/photos/save", { options, overwrite: overwrite.checked })),
  }, words.saveAll);
  const progress = element("p.help", { role: "status" });
  const side = element(
    "aside.panel",
    { "aria-label": texts.film.panel },
    element(
      "div.panel-body",
      {},
      element("div.block", {}, sliders.map(({ root }) => root)),
      element("div.block", {}, element("label.check", {}, overwrite, element("span", {}, words.fresh)), element("div.row", {}, save, saveAll), progress),
    ),
  );
  fill(
    place,
    element(
      "div.film-view.photo-view",
      {},
      element("header.film-head", {}, name, element("span.space", {}), toolbar.root),
      element("main.film-main", { id: "content", tabIndex: -1 }, element("div.stage-box", {}, pane.root, empty, trouble), list),
      side,
    ),
  );
  document.title = `${words.title} – ${texts.app.name}`;
  const step = (by) => {
    const at = photos.indexOf(chosen) + by;
    if (photos[at]) choose(photos[at]);
  };
  const endKeys = keys({
    ArrowLeft: () => step(-1),
    ArrowRight: () => step(1),
    "+": () => pane.zoom.step(1),
    "-": () => pane.zoom.step(-1),
    0: () => pane.zoom.fit(),
  });
  const endNews = onNews("photos", (news) => {
    progress.textContent = news.state === "running" ? say(words.saving, news) : "";
    if (news.state === "done") {
      const kept = news.kept ? say(words.keptAll, { count: news.kept, fresh: words.fresh }) : "";
      inform(`${say(words.savedAll, { count: news.saved })} ${kept}`.trim());
    }
    for (const reason of news.reasons ?? []) inform(reason, { error: true });
  });
  await attempt(async () => {
    photos = (await ask("/api/folder")).films.filter((film) => film.kind === "photo");
    fill(list, photos.map((photo) =>
      element("li", {}, element(
        "button",
        { type: "button", title: photo.name, "aria-label": photo.name, "data-photo": photo.id, onclick: () => choose(photo) },
        thumbnail(photo.id),
      )),
    ));
    empty.hidden = photos.length > 0;
    side.inert = !photos.length;
    if (photos.length) choose(photos.find((photo) => photo.id === id) ?? photos[0]);
  });
  return {
    end: () => {
      endKeys();
      endNews();
    },
  };
}
