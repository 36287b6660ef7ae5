// A picture before and after: two layers, a handle between them, zoom, and a place for drawings.

import { element } from "../core/element.js";
import { say, texts } from "../texts.js";
import { Zoom } from "./zoom.js";

const STEP = 0.02;

/**
 * The pane. `mode` is "color", "compare" or "grey". What lies over the picture (strokes) is put
 * into `overlay`, a canvas in the pixels of the picture.
 */
export class PicturePane {
  constructor(label) {
    this.mode = "color";
    this.split = 0.5;
    this.onzoom = () => {};
    this.grey = element("canvas.layer", { "aria-hidden": "true" });
    this.color = element("canvas.layer", { role: "img", "aria-label": label });
    this.overlay = element("canvas.layer.overlay", { "aria-hidden": "true" });
    this.handle = element(
      "div.split-handle",
      {
        role: "slider",
        tabIndex: 0,
        "aria-label": texts.film.handle,
        "aria-orientation": "horizontal",
        "aria-valuemin": "0",
        "aria-valuemax": "100",
        onkeydown: (event) => this.#handleKey(event),
        onpointerdown: (event) => this.#dragHandle(event),
      },
      element("span.split-grip", { "aria-hidden": "true" }),
    );
    this.stage = element("div.stage", {}, this.grey, this.color, this.overlay);
    this.root = element("div.picture-pane", {}, this.stage, this.handle);
    this.zoom = new Zoom(this.root, () => this.#place());
    this.root.addEventListener("wheel", (event) => this.#wheel(event), { passive: false });
    this.root.addEventListener("pointerdown", (event) => this.#pan(event));
    this.root.addEventListener("dblclick", (event) => this.#toggleZoom(event));
    this.takesPointer = () => false; // whether something else, a brush, takes the pointer
    this.fingers = new Map();
    this.setMode("color");
  }

  label(text) {
    this.color.setAttribute("aria-label", text);
  }

  setMode(mode) {
    this.mode = mode;
    this.#place();
  }

  /** Show the coloured picture; its size may be smaller than the film's, which `full` tells. */
  showColor(bitmap, full = null) {
    draw(this.color, bitmap);
    const [width, height] = full ?? [bitmap.width, bitmap.height];
    this.zoom.size(width, height);
    this.#place();
  }

  showGrey(bitmap) {
    draw(this.grey, bitmap);
  }

  clear() {
    for (const layer of [this.grey, this.color, this.overlay]) {
      layer.getContext("2d").clearRect(0, 0, layer.width, layer.height);
    }
  }

  /** The point of the picture under a pointer, in its pixels. */
  point(event) {
    const box = this.root.getBoundingClientRect();
    return this.zoom.picturePoint(event.clientX - box.left, event.clientY - box.top);
  }

  #place() {
    const { zoom } = this;
    if (!zoom) return;
    const [left, top] = zoom.corner;
    const [width, height] = [zoom.width * zoom.scale, zoom.height * zoom.scale];
    const { style } = this.stage;
    style.setProperty("left", `${left}px`);
    style.setProperty("top", `${top}px`);
    style.setProperty("width", `${width}px`);
    style.setProperty("height", `${height}px`);
    this.stage.classList.toggle("pixels", zoom.level !== null && zoom.scale >= 2);
    const from = { color: 0, grey: 1, compare: this.split }[this.mode];
    this.color.style.setProperty("clip-path", `inset(0 0 0 ${from * 100}%)`);
    this.handle.hidden = this.mode !== "compare";
    const room = this.root.clientWidth;
    const at = Math.min(room - 1, Math.max(0, left + this.split * width));
    this.handle.style.setProperty("left", `${at}px`);
    const percent = Math.round(this.split * 100);
    this.handle.setAttribute("aria-valuenow", String(percent));
    this.handle.setAttribute("aria-valuetext", say(texts.film.handleValue, { percent }));
    this.root.classList.toggle("movable", zoom.level !== null && zoom.scale > zoom.fitting);
    this.onzoom(zoom.scale, zoom.level === null);
  }

  #setSplit(value) {
    this.split = Math.min(1, Math.max(0, value));
    this.#place();
  }

  #handleKey(event) {
    const to = {
      ArrowLeft: this.split - STEP,
      ArrowDown: this.split - STEP,
      ArrowRight: this.split + STEP,
      ArrowUp: this.split + STEP,
      PageDown: this.split - 5 * STEP,
      PageUp: this.split + 5 * STEP,
      Home: 0,
      End: 1,
    }[event.key];
    if (to === undefined || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    this.#setSplit(to);
  }

  #dragHandle(event) {
    event.preventDefault();
    event.stopPropagation();
    this.handle.focus();
    this.handle.setPointerCapture(event.pointerId);
    const move = (moved) => this.#setSplit(this.point(moved)[0] / this.zoom.width);
    const end = () => {
      this.handle.removeEventListener("pointermove", move);
      this.handle.removeEventListener("pointerup", end);
      this.handle.removeEventListener("pointercancel", end);
    };
    this.handle.addEventListener("pointermove", move);
    this.handle.addEventListener("pointerup", end);
    this.handle.addEventListener("pointercancel", end);
  }

  #wheel(event) {
    event.preventDefault();
    const box = this.root.getBoundingClientRect();
    const at = [event.clientX - box.left, event.clientY - box.top];
    this.zoom.to(this.zoom.scale * Math.exp(-event.deltaY / 400), at);
  }

  #toggleZoom(event) {
    if (this.takesPointer(event) || event.target === this.handle) return;
    const box = this.root.getBoundingClientRect();
    if (this.zoom.level === null) this.zoom.to(1, [event.clientX - box.left, event.clientY - box.top]);
    else this.zoom.fit();
  }

  /** Move the picture with the pointer; two fingers zoom. */
  #pan(event) {
    if (event.pointerType !== "touch" && event.button !== 1 && this.takesPointer(event)) return;
    if (event.pointerType === "touch" && this.takesPointer(event) && this.fingers.size === 0) return;
    if (event.button > 1) return;
    if (event.button === 1) event.preventDefault();
    this.fingers.set(event.pointerId, [event.clientX, event.clientY]);
    this.root.setPointerCapture(event.pointerId);
    if (this.fingers.size > 1) return; // the first one listens already
    const move = (moved) => this.#moved(moved);
    const end = (ended) => {
      this.fingers.delete(ended.pointerId);
      if (this.fingers.size > 0) return;
      for (const [kind, listener] of [["pointermove", move], ["pointerup", end], ["pointercancel", end]]) {
        this.root.removeEventListener(kind, listener);
      }
    };
    this.root.addEventListener("pointermove", move);
    this.root.addEventListener("pointerup", end);
    this.root.addEventListener("pointercancel", end);
  }

  #moved(event) {
    const before = this.fingers.get(event.pointerId);
    if (!before) return;
    const now = [event.clientX, event.clientY];
    this.fingers.set(event.pointerId, now);
    if (this.fingers.size === 1) {
      this.zoom.move(now[0] - before[0], now[1] - before[1]);
      return;
    }
    const other = [...this.fingers].find(([id]) => id !== event.pointerId)[1];
    const apart = (a, b) => Math.hypot(a[0] - b[0], a[1] - b[1]);
    const box = this.root.getBoundingClientRect();
    const middle = [(now[0] + other[0]) / 2 - box.left, (now[1] + other[1]) / 2 - box.top];
    this.zoom.to((this.zoom.scale * apart(now, other)) / Math.max(1, apart(before, other)), middle);
    this.zoom.move((now[0] - before[0]) / 2, (now[1] - before[1]) / 2);
  }
}

function draw(canvas, bitmap) {
  if (canvas.width !== bitmap.width || canvas.height !== bitmap.height) {
    canvas.width = bitmap.width;
    canvas.height = bitmap.height;
  }
  canvas.getContext("2d").drawImage(bitmap, 0, 0);
}
