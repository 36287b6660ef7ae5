// The view of one film: picture, timeline, and the panel for its colours.

import { element, fill, iconButton } from "../core/element.js";
import { icons } from "../core/icons.js";
import { keys } from "../core/keys.js";
import { takeBack } from "../core/toast.js";
import { outputForm } from "../queue/form.js";
import { watch } from "../queue/watch.js";
import { paintPanel } from "../panel/paint.js";
import { shotPanel } from "../panel/shot.js";
import { tabs } from "../panel/tabs.js";
import { PicturePane } from "../picture/pane.js";
import { pictureToolbar } from "../picture/toolbar.js";
import { say, texts } from "../texts.js";
import { dropOn } from "./drop.js";
import { planningNote } from "./planning.js";
import { Player } from "./player.js";
import { scope } from "./scope.js";
import { Session } from "./session.js";
import { Strip } from "./strip.js";
import { steps, transport } from "./transport.js";

/** Show a film; returns what ends that. */
export async function filmView(place, id, choices) {
  const { film: words } = texts;
  const session = new Session(id);
  const pane = new PicturePane(words.panel);
  const player = new Player(session, pane);
  const toolbar = pictureToolbar(pane);
  const strip = new Strip(session);
  const vectorscope = scope(session);
  const trouble = element("p.trouble", { role: "alert", hidden: true });
  const busy = element("p.busy", { role: "status", hidden: true }, words.working);
  const shots = shotPanel(session, choices);
  const paint = paintPanel(session, pane, choices.palette);
  const scopeButton = iconButton(icons.scope, words.scope, () => {
    scopeButton.setAttribute("aria-pressed", String(vectorscope.toggle()));
  }, { "aria-pressed": "false" });
  const title = element("h1", {});
  const watchButton = element("button", { type: "button", hidden: true, onclick: () => watch(session.film) }, words.finished);
  const side = tabs(words.panel, {
    [words.tabShot]: { root: shots.root, onshow: () => paint.setActive(false) },
    [words.tabPaint]: {
      root: paint.root,
      onshow: () => {
        player.stop();
        paint.setActive(true);
      },
    },
  });
  const stageBox = element("div.stage-box", {}, pane.root, vectorscope.root, busy, trouble, planningNote(session));
  const view = element(
    "div.film-view.unopened",
    {},
    element(
      "header.film-head",
      {},
      title,
      element("span.space", {}),
      toolbar.root,
      scopeButton,
      element("span.space", {}),
      watchButton,
      element("button.primary", { type: "button", onclick: () => outputForm(session.film, choices) }, words.colorize),
    ),
    element("main.film-main", { id: "content", tabIndex: -1 }, stageBox, transport(session, player), strip.root),
    side.root,
  );
  fill(place, view);

  session.roomFor = () => (pane.zoom.level === null ? pane.root.clientWidth * (devicePixelRatio || 1) : null);
  session.addEventListener("film", () => {
    const { film } = session;
    view.classList.remove("unopened");
    trouble.hidden = true;
    title.textContent = film.name;
    document.title = `${film.name} – ${texts.app.name}`;
    pane.zoom.size(film.width, film.height);
    watchButton.hidden = !film.output;
  });
  session.addEventListener("picture", ({ detail }) => {
    if (detail.side === "grey") pane.showGrey(detail.bitmap);
    else {
      pane.showColor(detail.bitmap, [session.film.width, session.film.height]);
      pane.label(say(words.picture, { frame: detail.frame }));
      Object.assign(pane.root.dataset, { frame: detail.frame, revision: detail.revision ?? "", trial: detail.trial ? "yes" : "" });
    }
  });
  session.addEventListener("busy", ({ detail }) => (busy.hidden = !detail));
  session.addEventListener("trouble", ({ detail }) => {
    trouble.hidden = !detail;
    if (detail) trouble.textContent = detail.message;
  });
  session.addEventListener("place", () => {
    history.replaceState(null, "", `#/films/${id}/${session.frame}`);
  });
  const zoomed = pane.onzoom;
  pane.onzoom = (scale, fits) => {
    zoomed(scale, fits);
    const exact = !fits && scale >= 1;
    if (exact !== session.exact) {
      session.exact = exact;
      session.refresh();
    }
  };
  dropOn(stageBox, (file) => session.pin(file));
  for (const zone of view.querySelectorAll("[data-drop]")) {
    dropOn(zone, (file) => (zone.dataset.drop === "reference" ? shots.root.refer(file) : session.pin(file)));
  }

  const still = (act) => () => {
    player.stop({ quietly: false });
    act();
  };
  const modes = ["color", "compare", "grey"];
  const endKeys = keys({
    ArrowLeft: still(() => steps.frame(session, -1)),
    ArrowRight: still(() => steps.frame(session, 1)),
    "Shift+ArrowLeft": still(() => steps.frame(session, -10)),
    "Shift+ArrowRight": still(() => steps.frame(session, 10)),
    ArrowUp: still(() => steps.keyframe(session, -1)),
    ArrowDown: still(() => steps.keyframe(session, 1)),
    PageUp: still(() => steps.shot(session, -1)),
    PageDown: still(() => steps.shot(session, 1)),
    Home: still(() => session.show(0)),
    End: still(() => session.show(session.frames - 1)),
    " ": () => player.toggle(),
    l: () => player.video || player.play(),
    k: () => player.stop(),
    j: () => player.playBackwards(),
    "+": () => pane.zoom.step(1),
    "-": () => pane.zoom.step(-1),
    0: () => pane.zoom.fit(),
    b: () => toolbar.setMode(modes[(modes.indexOf(pane.mode) + 1) % 3]),
    v: () => scopeButton.click(),
    "Ctrl+z": () => session.undo(),
    "Ctrl+Shift+z": () => session.redo(),
    "Ctrl+y": () => session.redo(),
  }, () => session.film);
  await session.open();
  return {
    session,
    go: (frame) => session.frame !== frame && session.show(frame),
    end: () => {
      player.stop({ quietly: true });
      endKeys();
      session.close();
      takeBack(texts.film.changedElsewhere);
    },
  };
}

