// Strokes over the picture, by mouse, pen, touch, or keys; what is drawn is sent when it is done.

const STEP = 6;

/**
 * A brush on a pane. `state` gives { tool, color, radius }; `ondone(stroke)` gets what was drawn,
 * `onpick(x, y)` the place where a colour is picked.
 */
export class Brush {
  constructor(pane, state, { ondone, onpick }) {
    this.pane = pane;
    this.state = state;
    this.ondone = ondone;
    this.onpick = onpick;
    this.active = false;
    this.cursor = null; // where keys have moved it
    pane.takesPointer = (event) => this.active && event.button === 0 && event.target !== pane.handle;
    pane.root.addEventListener("pointerdown", (event) => this.#begin(event));
    pane.root.addEventListener("pointermove", (event) => this.active && this.#hover(this.pane.point(event)));
    pane.root.addEventListener("pointerleave", () => this.#hover(null));
    pane.root.addEventListener("keydown", (event) => this.#key(event));
  }

  setActive(active) {
    this.active = active;
    this.cursor = null;
    this.pane.root.classList.toggle("painting", active);
    this.pane.root.tabIndex = active ? 0 : -1;
    this.#clear();
  }

  #clear() {
    const { overlay } = this.pane;
    overlay.getContext("2d").clearRect(0, 0, overlay.width, overlay.height);
  }

  #pen() {
    const { overlay, zoom } = this.pane;
    if (overlay.width !== zoom.width || overlay.height !== zoom.height) {
      overlay.width = zoom.width;
      overlay.height = zoom.height;
    }
    return overlay.getContext("2d");
  }

  #begin(event) {
    if (!this.pane.takesPointer(event)) return;
    event.preventDefault();
    const { root } = this.pane;
    if (this.state.tool === "picker") {
      this.onpick(...this.pane.point(event));
      return;
    }
    root.setPointerCapture(event.pointerId);
    const points = [this.#inside(this.pane.point(event))];
    this.#draw(points);
    const move = (moved) => {
      for (const each of moved.getCoalescedEvents?.() ?? [moved]) points.push(this.#inside(this.pane.point(each)));
      this.#draw(points);
    };
    const end = (ended) => {
      root.removeEventListener("pointermove", move);
      root.removeEventListener("pointerup", end);
      root.removeEventListener("pointercancel", end);
      if (ended.type === "pointerup") this.#finish(points);
      else this.#clear();
    };
    root.addEventListener("pointermove", move);
    root.addEventListener("pointerup", end);
    root.addEventListener("pointercancel", end);
  }

  #inside([x, y]) {
    const { zoom } = this.pane;
    return [
      Math.round(Math.min(zoom.width - 1, Math.max(0, x)) * 10) / 10,
      Math.round(Math.min(zoom.height - 1, Math.max(0, y)) * 10) / 10,
    ];
  }

  async #finish(points) {
    const { tool, color, radius } = this.state;
    const thinned = points.filter(
      ([x, y], at) => at === 0 || at === points.length - 1 || Math.hypot(x - points[at - 1][0], y - points[at - 1][1]) > 0.5,
    );
    const drawn = { brush: color, neutral: "neutral", eraser: null }[tool];
    await this.ondone({ points: thinned, color: drawn, radius });
    this.#clear();
  }

  #draw(points) {
    const pen = this.#pen();
    const { tool, color, radius } = this.state;
    pen.clearRect(0, 0, pen.canvas.width, pen.canvas.height);
    pen.lineCap = pen.lineJoin = "round";
    pen.lineWidth = radius * 2;
    pen.globalAlpha = 0.75;
    pen.strokeStyle = { brush: color, neutral: "#8c8c8c", eraser: "#ffffff" }[tool];
    pen.beginPath();
    pen.moveTo(...points[0]);
    for (const point of points) pen.lineTo(...point);
    if (points.length === 1) pen.lineTo(points[0][0] + 0.01, points[0][1]);
    pen.stroke();
    pen.globalAlpha = 1;
    this.drawing = true;
    clearTimeout(this.settle);
    this.settle = setTimeout(() => (this.drawing = false), 100);
  }

  #hover(point) {
    if (this.drawing || !this.active) return;
    this.#clear();
    if (!point) return;
    const pen = this.#pen();
    pen.lineWidth = Math.max(1, 1 / this.pane.zoom.scale);
    for (const [color, more] of [["#000000", 0], ["#ffffff", pen.lineWidth]]) {
      pen.strokeStyle = color;
      pen.beginPath();
      pen.arc(...point, (this.state.tool === "picker" ? 3 : this.state.radius) + more, 0, 7);
      pen.stroke();
    }
  }

  /** Without a pointer: arrows move the brush, Enter paints a dot, or picks. */
  #key(event) {
    if (!this.active || event.target !== this.pane.root) return;
    const { zoom } = this.pane;
    const step = event.shiftKey ? 4 * STEP : STEP;
    const moves = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, -step], ArrowDown: [0, step] };
    this.cursor ??= [zoom.width / 2, zoom.height / 2];
    if (moves[event.key] && !event.ctrlKey && !event.metaKey) {
      this.cursor = this.#inside([this.cursor[0] + moves[event.key][0], this.cursor[1] + moves[event.key][1]]);
    } else if (event.key === "Enter") {
      if (this.state.tool === "picker") this.onpick(...this.cursor);
      else this.#finish([this.#inside(this.cursor)]);
    } else if (event.key === "Escape") {
      this.pane.handle.ownerDocument.activeElement.blur();
      return;
    } else return;
    event.preventDefault();
    event.stopPropagation();
    this.#hover(this.cursor);
  }
}
