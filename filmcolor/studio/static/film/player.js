// Plays a film in colour from where we are: coloured ahead by the server, with its sound.

import { element } from "../core/element.js";
import { address, refusalOf } from "../core/server.js";
import { complain } from "../core/toast.js";
import { texts } from "../texts.js";

const WIDEST = 854; // pixels; more cannot be coloured in time on a small computer
const BACKWARDS = 12; // frames a second at most, each coloured on its own

export class Player extends EventTarget {
  constructor(session, pane) {
    super();
    this.session = session;
    this.pane = pane;
    this.video = null;
    this.backwards = null;
  }

  get playing() {
    return this.video !== null || this.backwards !== null;
  }

  toggle() {
    if (this.playing) this.stop();
    else this.play();
  }

  play() {
    this.stop({ quietly: true });
    const { session, pane } = this;
    if (!session.film?.planned) return;
    if (session.frame >= session.frames - 1) session.follow(0);
    const from = session.seconds(session.frame);
    const width = Math.min(session.film.width, WIDEST);
    const video = element("video.layer.playing", { playsInline: true, "aria-hidden": "true" });
    const path = address(session.path("/clip"), { start: session.frame, width });
    video.src = path;
    this.video = video;
    video.onended = () => this.video === video && this.stop();
    video.onerror = async () => {
      if (this.video !== video) return;
      this.stop();
      complain((await refusalOf(path)) ?? new Error(texts.film.playCannot));
    };
    const follow = (_, facts) => {
      if (this.video !== video) return;
      video.classList.add("seen");
      session.follow(session.frameAt(from + facts.mediaTime));
      video.requestVideoFrameCallback(follow);
    };
    video.requestVideoFrameCallback(follow);
    pane.stage.append(video);
    video.play().catch(() => {}); // told by onerror, or stopped by us
    this.#changed();
  }

  /** One frame after the other, the other way. */
  playBackwards() {
    this.stop({ quietly: true });
    const { session } = this;
    let busy = false;
    this.backwards = setInterval(async () => {
      if (busy) return;
      if (session.frame === 0) {
        this.stop();
        return;
      }
      busy = true;
      await session.show(session.frame - 1);
      busy = false;
    }, 1000 / BACKWARDS);
    this.#changed();
  }

  stop({ quietly = false } = {}) {
    if (!this.playing) return;
    clearInterval(this.backwards);
    this.backwards = null;
    const { video, session } = this;
    this.video = null;
    if (video) {
      video.pause();
      const away = () => {
        session.removeEventListener("picture", away);
        video.remove();
        video.removeAttribute("src"); // ends the request
        video.load();
      };
      if (quietly) away();
      else {
        session.addEventListener("picture", away); // the still first: nothing flashes
        setTimeout(away, 3000);
        session.show(session.frame);
      }
    }
    if (!quietly) this.#changed();
  }

  #changed() {
    this.dispatchEvent(new Event("change"));
  }
}
