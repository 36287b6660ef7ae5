// The buttons under the picture: steps, playing, undo; where we are.

import { element, icon, iconButton } from "../core/element.js";
import { timecode } from "../core/format.js";
import { icons } from "../core/icons.js";
import { say, texts } from "../texts.js";

/** Steps through the shots and keyframes of a session. */
export const steps = {
  frame: (session, by) => session.show(session.frame + by),
  shot: (session, by) => {
    const at = session.shots.indexOf(session.shot) + by;
    // Back goes to the beginning of this shot first, as players do.
    if (by < 0 && session.shot && session.frame > session.shot.first) return session.show(session.shot.first);
    const shot = session.shots[Math.max(0, Math.min(session.shots.length - 1, at))];
    return shot && session.show(shot.first);
  },
  keyframe: (session, by) => {
    const at = session.shots.indexOf(session.shot);
    const near = session.shots.slice(Math.max(0, at - 1), at + 2).flatMap((shot) => shot.keyframes);
    const next = by > 0 ? near.find((frame) => frame > session.frame) : near.findLast((frame) => frame < session.frame);
    return next !== undefined && session.show(next);
  },
};

export function transport(session, player) {
  const { film } = texts;
  const unfocused = (event) => event.detail > 0 && event.currentTarget.blur(); // space plays again
  const button = (path, label, act) =>
    iconButton(path, label, (event) => {
      act();
      unfocused(event);
    });
  const stepping = (kind, by) => () => {
    player.stop({ quietly: false });
    steps[kind](session, by);
  };
  const play = button(icons.play, film.play, () => player.toggle());
  const undo = button(icons.undo, film.undo, () => session.undo());
  const redo = button(icons.redo, film.redo, () => session.redo());
  const time = element("output.timecode", {});
  const place = element("span.place", {});
  const root = element(
    "div.transport",
    { role: "group", "aria-label": film.timeline },
    button(icons.previous, film.previousShot, stepping("shot", -1)),
    button(icons.back, film.previousFrame, stepping("frame", -1)),
    play,
    button(icons.on, film.nextFrame, stepping("frame", 1)),
    button(icons.next, film.nextShot, stepping("shot", 1)),
    time,
    place,
    element("span.space", {}),
    undo,
    redo,
  );
  const show = () => {
    const { shot } = session;
    time.textContent = timecode(session.seconds(session.frame));
    const key = shot?.keyframes.includes(session.frame) ? `, ${film.keyframe}` : "";
    place.textContent = shot
      ? say(film.place, { frame: session.frame, frames: session.frames - 1, shot: shot.number }) + key
      : "";
    undo.disabled = !session.film?.can_undo;
    redo.disabled = !session.film?.can_redo;
  };
  session.addEventListener("place", show);
  session.addEventListener("film", show);
  player.addEventListener("change", () => {
    play.replaceChildren(icon(player.playing ? icons.pause : icons.play));
    const label = player.playing ? film.stop : film.play;
    play.title = label;
    play.setAttribute("aria-label", label);
  });
  return root;
}
