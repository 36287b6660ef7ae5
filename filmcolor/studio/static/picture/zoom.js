// Where in its pane a picture lies, and how large: fit, whole steps, wheel, fingers.

const STEPS = [0.25, 0.5, 0.75, 1, 1.5, 2, 3, 4, 6, 8, 12, 16];

/** The place of a picture of `width` by `height` in a pane; `onchange` is told of every change. */
export class Zoom {
  constructor(pane, onchange) {
    this.pane = pane;
    this.onchange = onchange;
    this.width = 1;
    this.height = 1;
    this.level = null; // null: as large as fits
    this.x = 0.5; // what of the picture lies in the middle of the pane, 0..1
    this.y = 0.5;
    new ResizeObserver(() => this.onchange()).observe(pane);
  }

  get fitting() {
    const { clientWidth, clientHeight } = this.pane;
    return Math.max(0.01, Math.min(clientWidth / this.width, clientHeight / this.height));
  }

  /** Pixels of the page for a pixel of the picture. */
  get scale() {
    return this.level ?? this.fitting;
  }

  size(width, height) {
    if (width === this.width && height === this.height) return;
    this.width = width;
    this.height = height;
    this.onchange();
  }

  fit() {
    this.level = null;
    this.x = this.y = 0.5;
    this.onchange();
  }

  /** Zoom to a level, so that what lies at a point of the pane stays there. */
  to(level, at = null) {
    const box = this.pane.getBoundingClientRect();
    const [px, py] = at ?? [box.width / 2, box.height / 2];
    const [fx, fy] = this.picturePoint(px, py);
    this.level = Math.min(16, Math.max(0.05, level));
    this.x = fx / this.width - (px - box.width / 2) / (this.width * this.scale);
    this.y = fy / this.height - (py - box.height / 2) / (this.height * this.scale);
    this.#settle();
  }

  step(direction, at = null) {
    const now = this.scale;
    const next = direction > 0 ? STEPS.find((step) => step > now * 1.01) : STEPS.findLast((step) => step < now * 0.99);
    if (next) this.to(next, at);
  }

  move(dx, dy) {
    if (this.level === null) return;
    this.x -= dx / (this.width * this.scale);
    this.y -= dy / (this.height * this.scale);
    this.#settle();
  }

  /** The left upper corner of the picture, in pixels of the pane. */
  get corner() {
    const { clientWidth, clientHeight } = this.pane;
    return [
      clientWidth / 2 - this.x * this.width * this.scale,
      clientHeight / 2 - this.y * this.height * this.scale,
    ];
  }

  /** The point of the picture that lies at a point of the pane. */
  picturePoint(px, py) {
    const [left, top] = this.corner;
    return [(px - left) / this.scale, (py - top) / this.scale];
  }

  #settle() {
    const { clientWidth, clientHeight } = this.pane;
    const settled = (value, length, room) => {
      const half = Math.min(0.5, room / 2 / (length * this.scale));
      return Math.min(1 - half, Math.max(half, value));
    };
    this.x = settled(this.x, this.width, clientWidth);
    this.y = settled(this.y, this.height, clientHeight);
    this.onchange();
  }
}
