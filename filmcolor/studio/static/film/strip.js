// All shots of a film as a strip in time. It draws what is in sight, so that 10,000 shots are none
// too many.

import { element, iconButton } from "../core/element.js";
import { timecode } from "../core/format.js";
import { icons } from "../core/icons.js";
import { address } from "../core/server.js";
import { say, texts } from "../texts.js";
import { Thumbnails } from "./thumbnails.js";

const HEIGHT = 118;
const RULER = 18;
const CELL = 66;
const LABELS = 30;
const LONGEST_ZOOM = 40; // pixels for a frame
const TICKS = [1 / 25, 0.2, 1, 2, 5, 10, 30, 60, 120, 300, 600, 1800, 3600];
const GREYS = {
  back: "#191919", cell: "#2c2c2c", chosen: "#474747", room: "#383838", dark: "#121212",
  line: "#0e0e0e", text: "#e4e4e4", dim: "#aaaaaa", mark: "#c4c4c4", head: "#ffffff",
};

export class Strip {
  constructor(session) {
    this.session = session;
    this.scale = null; // pixels for a frame; null: the whole film
    this.left = 0; // frame at the left edge
    this.canvas = element("canvas.strip-canvas", {
      role: "slider",
      tabIndex: 0,
      "aria-label": texts.film.timeline,
      "aria-description": texts.film.timelineHelp,
      onpointerdown: (event) => this.#drag(event),
    });
    this.canvas.addEventListener("wheel", (event) => this.#wheel(event), { passive: false });
    this.thumbnails = new Thumbnails(
      (frame) => address(session.path("/thumbnail"), { at: frame, width: 120 }),
      () => this.draw(),
    );
    this.root = element(
      "div.strip",
      {},
      element(
        "div.strip-tools",
        { role: "group", "aria-label": texts.film.timeline },
        iconButton(icons.plus, texts.film.stripIn, () => this.#zoom(2)),
        iconButton(icons.minus, texts.film.stripOut, () => this.#zoom(0.5)),
        iconButton(icons.whole, texts.film.stripAll, () => this.#whole()),
      ),
      element("div.strip-view", {}, this.canvas),
    );
    new ResizeObserver(() => this.draw()).observe(this.root);
    for (const kind of ["film", "place"]) session.addEventListener(kind, () => this.#follow(kind));
  }

  get width() {
    return this.canvas.parentElement.clientWidth;
  }

  get #scale() {
    return this.scale ?? this.width / Math.max(1, this.session.frames);
  }

  x(frame) {
    return (frame - this.left) * this.#scale;
  }

  frame(x) {
    return this.left + x / this.#scale;
  }

  #follow(kind) {
    const { session } = this;
    const at = this.x(session.frame);
    if (kind === "place" && this.scale !== null && (at < 0 || at > this.width - 8)) {
      this.left = session.frame - (this.width / this.#scale) * 0.2;
      this.#settle();
    }
    const shot = session.shot;
    const values = { frame: session.frame, frames: session.frames, shot: shot?.number };
    this.canvas.setAttribute("aria-valuemin", "0");
    this.canvas.setAttribute("aria-valuemax", String(Math.max(0, session.frames - 1)));
    this.canvas.setAttribute("aria-valuenow", String(session.frame));
    this.canvas.setAttribute("aria-valuetext", say(shot ? texts.film.place : texts.film.placeUnplanned, values));
    this.draw();
  }

  #whole() {
    this.scale = null;
    this.left = 0;
    this.draw();
  }

  #zoom(factor, x = null) {
    const at = x ?? Math.min(this.width, Math.max(0, this.x(this.session.frame)));
    const frame = this.frame(at);
    const whole = this.width / Math.max(1, this.session.frames);
    const scale = Math.min(Math.max(LONGEST_ZOOM, whole), this.#scale * factor);
    this.scale = scale <= whole ? null : scale;
    this.left = this.scale === null ? 0 : frame - at / scale;
    this.#settle();
    this.draw();
  }

  #settle() {
    const most = this.session.frames - this.width / this.#scale;
    this.left = Math.max(0, Math.min(most, this.left));
  }

  #wheel(event) {
    event.preventDefault();
    const box = this.canvas.getBoundingClientRect();
    if (event.ctrlKey || event.metaKey) {
      this.#zoom(Math.exp(-event.deltaY / 200), event.clientX - box.left);
      return;
    }
    if (this.scale === null) return;
    this.left += (event.deltaX + event.deltaY) / this.#scale;
    this.#settle();
    this.draw();
  }

  #drag(event) {
    if (event.button > 0) return;
    this.canvas.focus();
    this.canvas.setPointerCapture(event.pointerId);
    const box = this.canvas.getBoundingClientRect();
    const go = (moved) => this.session.show(Math.floor(this.frame(moved.clientX - box.left)));
    go(event);
    const end = () => {
      this.canvas.removeEventListener("pointermove", go);
      this.canvas.removeEventListener("pointerup", end);
      this.canvas.removeEventListener("pointercancel", end);
    };
    this.canvas.addEventListener("pointermove", go);
    this.canvas.addEventListener("pointerup", end);
    this.canvas.addEventListener("pointercancel", end);
  }

  /** Draw in the next frame of the screen. */
  draw() {
    if (this.waiting) return;
    this.waiting = requestAnimationFrame(() => {
      this.waiting = null;
      if (this.canvas.isConnected) this.#draw();
    });
  }

  #draw() {
    const density = devicePixelRatio || 1;
    const { width, canvas, session } = this;
    if (canvas.width !== Math.round(width * density)) {
      canvas.width = Math.round(width * density);
      canvas.height = HEIGHT * density;
      canvas.style.setProperty("width", `${width}px`);
    }
    const pen = canvas.getContext("2d");
    pen.setTransform(density, 0, 0, density, 0, 0);
    pen.fillStyle = GREYS.back;
    pen.fillRect(0, 0, width, HEIGHT);
    pen.font = "11px system-ui, sans-serif";
    pen.textBaseline = "middle";
    this.drawn = 0;
    this.#ruler(pen);
    const first = session.shotAt(Math.floor(this.frame(0)));
    const chosen = session.shot;
    if (first) {
      let lastEnd = -1; // shots narrower than a pixel share one
      for (let at = session.shots.indexOf(first); at < session.shots.length; at++) {
        const shot = session.shots[at];
        const [x, end] = [this.x(shot.first), this.x(shot.end)];
        if (x > width) break;
        if (end <= lastEnd && shot !== chosen) continue;
        this.#shot(pen, shot, x, end, chosen);
        lastEnd = Math.floor(end);
        this.drawn += 1;
      }
    }
    const head = this.x(session.frame + 0.5);
    pen.fillStyle = GREYS.head;
    pen.fillRect(Math.round(head) - 0.5, 0, 1.5, HEIGHT);
    pen.beginPath();
    pen.moveTo(head - 6, 0);
    pen.lineTo(head + 6, 0);
    pen.lineTo(head, 8);
    pen.fill();
  }

  #ruler(pen) {
    const { session, width } = this;
    if (!session.film) return;
    const seconds = session.seconds(session.frames - 1) || session.frames / session.film.rate;
    const perSecond = (this.#scale * session.frames) / Math.max(seconds, 0.001);
    const step = TICKS.find((tick) => tick * perSecond >= 96) ?? 7200;
    const from = session.shots.length ? session.seconds(Math.max(0, Math.floor(this.frame(0)))) : 0;
    pen.fillStyle = GREYS.dim;
    for (let time = Math.floor(from / step) * step; ; time += step) {
      const x = this.x(session.shots.length ? session.frameAt(time) : time * session.film.rate);
      if (x > width || time > seconds) break;
      pen.fillRect(x, RULER - 5, 1, 5);
      pen.fillText(step < 1 ? timecode(time).slice(3) : timecode(time).slice(0, 8), x + 4, RULER / 2 - 1);
    }
  }

  #shot(pen, shot, x, end, chosen) {
    const wide = Math.max(1, end - x - (end - x > 4 ? 1 : 0));
    const same = chosen && shot !== chosen && shot.room !== null && shot.room === chosen.room;
    const top = RULER;
    pen.fillStyle = shot.kind === "black" ? GREYS.dark : GREYS.cell;
    pen.fillRect(x, top, wide, CELL);
    if (end - x >= 40) this.#pictures(pen, shot, x, wide, top);
    pen.fillStyle = shot === chosen ? GREYS.chosen : same ? GREYS.room : GREYS.cell;
    pen.fillRect(x, top + CELL, wide, LABELS);
    if (shot === chosen) {
      pen.strokeStyle = GREYS.head;
      pen.strokeRect(x + 0.5, top + 0.5, wide - 1, CELL + LABELS - 1);
    }
    if (wide > 16) {
      pen.save();
      pen.beginPath();
      pen.rect(x, top + CELL, wide, LABELS);
      pen.clip();
      pen.fillStyle = GREYS.text;
      const kind = shot.kind && shot.kind !== "shot" ? texts.film.kinds[shot.kind] : "";
      const room = shot.room !== null && shot.room !== undefined ? say(texts.film.room, { number: shot.room }) : "";
      pen.fillText(`${shot.number}${shot.changed ? " •" : ""}`, x + 5, top + CELL + 9);
      pen.fillStyle = shot === chosen ? GREYS.text : GREYS.dim;
      pen.fillText([kind, room].filter(Boolean).join(" · "), x + 5, top + CELL + 22);
      pen.restore();
    }
    if (this.#scale * (shot.end - shot.first) > 5 * shot.keyframes.length || wide > 60) {
      pen.fillStyle = GREYS.mark;
      for (const keyframe of shot.keyframes) this.#mark(pen, this.x(keyframe + 0.5), top + CELL - 5);
    }
  }

  #mark(pen, x, y) {
    if (x < -4 || x > this.width + 4) return;
    pen.beginPath();
    pen.moveTo(x, y - 3.5);
    pen.lineTo(x + 3.5, y);
    pen.lineTo(x, y + 3.5);
    pen.lineTo(x - 3.5, y);
    pen.fill();
    pen.strokeStyle = "rgba(0,0,0,.6)";
    pen.stroke();
  }

  #pictures(pen, shot, x, wide, top) {
    const { film } = this.session;
    const across = Math.max(24, (CELL * film.width) / film.height);
    pen.save();
    pen.beginPath();
    pen.rect(x, top, wide, CELL);
    pen.clip();
    // Of a long shot, pictures of its parts, at places that do not change while one scrolls.
    const count = Math.max(1, Math.floor(wide / across));
    const each = count === 1 ? across : wide / count;
    for (let at = 0; at < count; at++) {
      const left = x + at * each;
      if (left > this.width || left + Math.max(each, across) < 0) continue;
      const steps = 2 ** Math.ceil(Math.log2(count));
      const share = Math.floor(((at + 0.5) / count) * steps + 0.5) / steps;
      const frame = count === 1 ? Math.floor((shot.first + shot.end) / 2) : Math.min(shot.end - 1, Math.floor(shot.first + share * (shot.end - shot.first)));
      const picture = this.thumbnails.get(frame);
      if (!picture) continue;
      const middle = count === 1 ? Math.max(0, (wide - across) / 2) : 0;
      pen.drawImage(picture, left + middle, top, across, CELL);
    }
    pen.restore();
  }
}
