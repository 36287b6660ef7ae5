// The finished film, to be watched and sought through.

import { element } from "../core/element.js";
import { say, texts } from "../texts.js";

export function watch(film) {
  const { film: words } = texts;
  const note = element("p.help", { hidden: true }, say(words.finishedCannot, { name: film.output }));
  const video = element("video", {
    controls: true, autoplay: true, playsInline: true, "aria-label": words.finishedVideo,
    src: `/api/films/${film.id}/finished`,
    onerror: () => (note.hidden = false),
  });
  const dialog = element(
    "dialog.watch",
    {
      "aria-label": words.finishedVideo,
      onclose: () => {
        video.removeAttribute("src");
        video.load();
        dialog.remove();
      },
    },
    element("header.row", {}, element("h2", {}, film.output), element("button", { type: "button", onclick: () => dialog.close() }, texts.app.close)),
    video,
    note,
  );
  document.body.append(dialog);
  dialog.showModal();
}
