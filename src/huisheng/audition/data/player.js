/* One sound at a time. */

class Player {
  /** @param failed called when the browser cannot play. */
  constructor(failed) {
    this.sound = new Audio();
    this.button = null;
    this.last = null;
    this.queue = [];
    this.sound.addEventListener("ended", () => this.next());
    this.sound.addEventListener("error", () => {
      if (this.button !== null) failed();
      this.stop();
    });
  }

  /** Play a take from its beginning; the take that sounds is stopped. */
  start(take) {
    this.stop();
    this.begin(take);
  }

  /** Several takes, one after the other. */
  startAll(takes) {
    this.stop();
    this.queue = takes.slice(1);
    this.begin(takes[0]);
  }

  toggle(take) {
    if (this.button === take.button) this.stop();
    else this.start(take);
  }

  /** Play again what was heard last, or stop what sounds. */
  repeat() {
    if (this.button !== null) this.stop();
    else if (this.last !== null) this.start(this.last);
  }

  stop() {
    this.queue = [];
    this.sound.pause();
    this.release();
  }

  begin(take) {
    this.button = take.button;
    this.last = take;
    this.sound.src = take.audio;
    this.button.classList.add("sounding");
    this.sound.play().then(
      () => take.heard(),
      () => {}, // stopped before it began, or an `error` event tells why
    );
    requestAnimationFrame(() => this.draw(take.button));
  }

  next() {
    this.release();
    const following = this.queue.shift();
    if (following !== undefined) this.begin(following);
  }

  release() {
    if (this.button === null) return;
    this.button.classList.remove("sounding");
    this.button.style.removeProperty("--heard");
    this.button = null;
  }

  draw(button) {
    if (this.button !== button) return;
    button.style.setProperty("--heard", this.sound.currentTime / (this.sound.duration || Infinity));
    requestAnimationFrame(() => this.draw(button));
  }
}
