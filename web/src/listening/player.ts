/** One sound at a time. */

/** A take on the page; `onPlay` is called when it begins to sound. */
export interface PlayableTake {
  audio: string;
  button: HTMLButtonElement;
  onPlay: () => void;
}

export class TakePlayer {
  readonly #sound = new Audio();
  readonly #onFailure: () => void;
  #playing: PlayableTake | undefined;
  #last: PlayableTake | undefined;
  #queue: PlayableTake[] = [];

  /** @param onFailure called when the browser cannot play. */
  constructor(onFailure: () => void) {
    this.#onFailure = onFailure;
    this.#sound.addEventListener("ended", () => this.#next());
    this.#sound.addEventListener("error", () => {
      if (this.#playing !== undefined) this.#onFailure();
      this.stop();
    });
  }

  /** Play takes one after the other, from the beginning; the take that sounds is stopped. */
  start(...takes: PlayableTake[]): void {
    this.stop();
    this.#queue = takes;
    this.#next();
  }

  toggle(take: PlayableTake): void {
    if (this.#playing?.button === take.button) this.stop();
    else this.start(take);
  }

  /** Play the last take again, or stop the one that sounds. */
  repeat(): void {
    if (this.#playing !== undefined) this.stop();
    else if (this.#last !== undefined) this.start(this.#last);
  }

  stop(): void {
    this.#queue = [];
    this.#sound.pause();
    this.#release();
  }

  #next(): void {
    this.#release();
    const take = this.#queue.shift();
    if (take === undefined) return;
    this.#playing = take;
    this.#last = take;
    this.#sound.src = take.audio;
    take.button.classList.add("sounding");
    this.#sound.play().then(
      () => take.onPlay(),
      () => {}, // stopped before it began, or an `error` event tells why
    );
    requestAnimationFrame(() => this.#draw(take));
  }

  #release(): void {
    this.#playing?.button.classList.remove("sounding");
    this.#playing?.button.style.removeProperty("--played");
    this.#playing = undefined;
  }

  #draw(take: PlayableTake): void {
    if (this.#playing !== take) return;
    take.button.style.setProperty("--played", String(this.#sound.currentTime / (this.#sound.duration || Infinity)));
    requestAnimationFrame(() => this.#draw(take));
  }
}
