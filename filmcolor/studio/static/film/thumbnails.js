// Small pictures of a film, fetched when they come into sight, a few at a time, the newest first.

import { picture } from "../core/server.js";

const AT_ONCE = 2;
const MOST = 400;
const MOST_WAITING = 40;

export class Thumbnails {
  constructor(address, onarrive) {
    this.address = address;
    this.onarrive = onarrive;
    this.known = new Map();
    this.waiting = [];
    this.busy = 0;
  }

  /** The picture of a frame; null while it is fetched. */
  get(frame) {
    if (this.known.has(frame)) return this.known.get(frame);
    if (!this.waiting.includes(frame)) {
      this.waiting.push(frame);
      if (this.waiting.length > MOST_WAITING) this.waiting.shift();
      this.#fetch();
    }
    return null;
  }

  async #fetch() {
    if (this.busy >= AT_ONCE || !this.waiting.length) return;
    const frame = this.waiting.pop();
    this.busy += 1;
    let bitmap = null;
    try {
      ({ bitmap } = await picture(this.address(frame), { cache: "default" }));
    } catch {
      // a strip without this picture is still a strip
    }
    this.busy -= 1;
    this.known.set(frame, bitmap);
    if (this.known.size > MOST) this.known.delete(this.known.keys().next().value);
    this.onarrive();
    this.#fetch();
  }
}
