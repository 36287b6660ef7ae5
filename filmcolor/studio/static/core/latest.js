// One thing at a time, and of those that wait only the newest.

/** Runs asynchronous work one at a time; what was asked for in between is dropped but the last. */
export class Latest {
  #running = null;
  #next = null;

  /** Run `work` now or next; the promise is kept when nothing is left to run. */
  run(work) {
    this.#next = work;
    this.#running ??= this.#runAll().finally(() => (this.#running = null));
    return this.#running;
  }

  async #runAll() {
    while (this.#next) {
      const work = this.#next;
      this.#next = null;
      await work();
    }
  }
}
