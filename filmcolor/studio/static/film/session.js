// One film that is open: what the server knows of it, where we are, and what is done to it.

import { Latest } from "../core/latest.js";
import { onNews } from "../core/news.js";
import { address, ask, picture, send, tell, windowName } from "../core/server.js";
import { attempt, complain, inform } from "../core/toast.js";
import { texts } from "../texts.js";

const FULL_WIDTH = 1280; // films up to this wide are always shown in all their pixels

/**
 * Events: "film" (facts, plan, revision), "place" (another frame is asked for), "picture" (one
 * has come), "planning", "busy", "trouble", "refused" (a change).
 */
export class Session extends EventTarget {
  constructor(id) {
    super();
    this.id = id;
    this.film = null;
    this.shots = [];
    this.frame = 0;
    this.trial = null;
    this.planning = null;
    this.exact = false; // whether pixels are asked for as they are, without loss
    this.roomFor = () => null; // how wide the picture is shown
    this.#latest = new Latest();
    this.#ends = [
      onNews("film", (news) => news.thing === id && this.#told(news)),
      onNews("planning", (news) => news.thing === id && this.#toldOfPlanning(news)),
      onNews("back", () => (this.film ? attempt(() => this.reload()) : this.open())),
    ];
  }

  #latest;
  #ends;
  #greyOf = null;
  #reloading = new Latest();

  path(rest = "") {
    return `/api/films/${this.id}${rest}`;
  }

  /** Have it opened by the server; what is wrong is told as "trouble". */
  async open() {
    try {
      await this.reload();
      if (!this.film.planned) await this.plan();
      else this.show(Math.min(this.frame, this.frames - 1));
    } catch (error) {
      this.#say("trouble", error);
    }
  }

  close() {
    for (const end of this.#ends) end();
  }

  get frames() {
    return this.shots.length ? this.shots.at(-1).end : (this.film?.frames ?? 1);
  }

  /** The shot of a frame. */
  shotAt(frame) {
    let [low, high] = [0, this.shots.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.shots[middle].first <= frame) low = middle;
      else high = middle - 1;
    }
    return this.shots[low] ?? null;
  }

  get shot() {
    return this.shotAt(this.frame);
  }

  seconds(frame) {
    const shot = this.shotAt(frame);
    if (!shot) return this.film ? frame / this.film.rate : 0;
    const share = (frame - shot.first) / Math.max(1, shot.end - shot.first);
    return shot.begins + share * (shot.ends - shot.begins);
  }

  frameAt(seconds) {
    let [low, high] = [0, this.shots.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.shots[middle].begins <= seconds + 1e-6) low = middle;
      else high = middle - 1;
    }
    const shot = this.shots[low];
    if (!shot) return 0;
    const share = (seconds - shot.begins) / Math.max(1e-9, shot.ends - shot.begins);
    const inside = Math.floor(share * (shot.end - shot.first) + 1e-6);
    return Math.min(shot.end - 1, Math.max(shot.first, shot.first + inside));
  }

  async reload() {
    await this.#reloading.run(async () => {
      this.film = await ask(this.path());
      this.shots = (this.film.shots ?? []).map(
        ([number, first, end, begins, ends, kind, room, changed, keyframes]) => (
          { number, first, end, begins, ends, kind, room, changed, keyframes }
        ),
      );
      this.planning = this.film.planning;
      this.#say("film");
      this.#say("planning");
    });
  }

  async plan() {
    this.planning = { done: 0, total: null }; // until the server tells
    this.#say("planning");
    try {
      await tell(this.path("/plan"));
    } catch (error) {
      this.planning = null;
      this.#say("planning");
      throw error;
    }
  }

  stopPlanning() {
    return tell(this.path("/plan"), {}, "DELETE");
  }

  /** Go to a frame and show it in colour. */
  show(frame) {
    const to = Math.max(0, Math.min(this.frames - 1, Math.round(frame)));
    if (to !== this.frame) this.trial = null;
    this.frame = to;
    this.#say("place");
    return this.refresh();
  }

  /** Be at a frame that is shown by other means, a film that plays. */
  follow(frame) {
    const to = Math.max(0, Math.min(this.frames - 1, frame));
    if (to === this.frame) return;
    this.trial = null;
    this.frame = to;
    this.#say("place");
  }

  /** Ask for the picture again: another frame, revision, or trial. */
  refresh() {
    if (!this.film?.planned) return Promise.resolve();
    return this.#latest.run(() => this.#fetch());
  }

  async #fetch() {
    const { frame, trial } = this;
    const slow = setTimeout(() => this.#say("busy", true), 350);
    const wanted = { width: this.#width(), exact: this.exact ? 1 : null };
    try {
      const asked = trial ? { ...wanted, trial: JSON.stringify(trial) } : wanted;
      const { bitmap, headers } = await picture(address(this.path(`/frames/${frame}`), asked));
      this.#say("picture", {
        side: "color",
        bitmap,
        frame: Number(headers.get("X-Number")),
        time: Number(headers.get("X-Time")),
        exact: headers.get("X-Exact") !== "False",
        revision: Number(headers.get("X-Revision")),
        trial,
      });
      this.#say("trouble", null);
      const grey = `${frame} ${wanted.width} ${wanted.exact}`;
      if (this.#greyOf !== grey) {
        const before = await picture(address(this.path(`/frames/${frame}`), { ...wanted, side: "grey" }));
        this.#greyOf = grey;
        this.#say("picture", { side: "grey", bitmap: before.bitmap, frame });
      }
    } catch (error) {
      this.#say("trouble", error);
    } finally {
      clearTimeout(slow);
      this.#say("busy", false);
    }
  }

  #width() {
    const full = this.film.width;
    const room = this.roomFor();
    if (full <= FULL_WIDTH || room === null) return null;
    return Math.min(full, Math.ceil(room / 320) * 320);
  }

  /** Look at a change of the shot that is shown, without making it. */
  try(change, scope) {
    this.trial = change === null ? null : { shot: this.shot.number, scope, change };
    return this.refresh();
  }

  /** Make a change of the shot that is shown, of its room or of the film. */
  async change(change, scope) {
    const { shot } = this;
    if (!shot) return;
    const made = await attempt(() => tell(this.path(`/shots/${shot.number}`), { scope, change, window: windowName }));
    this.trial = null;
    await this.#afterChange();
    if (!made) this.#say("refused");
  }

  async undo() {
    await attempt(() => tell(this.path("/undo"), { window: windowName }));
    await this.#afterChange();
  }

  async redo() {
    await attempt(() => tell(this.path("/redo"), { window: windowName }));
    await this.#afterChange();
  }

  async paint(strokes) {
    try {
      const { frame } = this;
      const answer = await send(
        address(this.path(`/frames/${frame}/strokes`), { width: this.#width(), window: windowName }),
        JSON.stringify({ strokes }),
        "application/json",
      );
      const bitmap = await createImageBitmap(await answer.blob());
      if (frame === this.frame) {
        this.#say("picture", { side: "color", bitmap, frame, exact: false, painted: true });
      }
    } catch (error) {
      complain(error);
    }
    this.#afterChange(); // the exact picture, when it comes
  }

  async unpaint() {
    await attempt(() => tell(this.path(`/frames/${this.frame}/strokes`), { window: windowName }, "DELETE"));
    await this.#afterChange();
  }

  async pin(file) {
    await attempt(async () => {
      await send(address(this.path(`/frames/${this.frame}/picture`), { window: windowName }), file, file.type);
      inform(texts.paint.done);
    });
    await this.#afterChange();
  }

  async refer(file, scope) {
    await attempt(() =>
      send(address(this.path(`/shots/${this.shot.number}/references`), { scope, window: windowName }), file, file.type),
    );
    await this.#afterChange();
  }

  /** What is set of the shot that is shown. */
  details() {
    return ask(this.path(`/shots/${this.shot.number}`));
  }

  async color(x, y) {
    const { color } = await ask(address(this.path(`/frames/${this.frame}/color`), { x, y }));
    return color;
  }

  async #afterChange() {
    await attempt(() => this.reload());
    await this.refresh();
  }

  async #told(news) {
    if (news.window === windowName) return;
    if (news.revision !== undefined && news.revision <= (this.film?.revision ?? -1)) return;
    const planned = this.film?.planned;
    await attempt(() => this.reload());
    if (!this.film) return;
    if (planned && news.window) inform(texts.film.changedElsewhere);
    else if (planned && news.outside) inform(texts.film.changedOutside);
    if (!planned && this.film.planned) this.show(this.frame);
    else this.refresh();
  }

  #toldOfPlanning(news) {
    this.planning = news.state === "running" ? news : null;
    if (news.state === "failed") complain(new Error(news.reason));
    this.#say("planning");
    if (news.state === "done") attempt(async () => {
      await this.reload();
      this.show(this.frame);
    });
  }

  #say(kind, detail) {
    this.dispatchEvent(new CustomEvent(kind, { detail }));
  }
}
