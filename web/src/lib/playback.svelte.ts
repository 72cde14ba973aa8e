/** The player as the page watches it: state and position that components can read. */

import { Player, type PlayerState } from "./player";
import type { Recording } from "./recording";

export class Playback {
  state: PlayerState = $state("idle");
  position = $state(0); // seconds
  readonly #player = new Player(
    (sampleRate) => new AudioContext({ sampleRate }),
    () => this.#follow(),
  );

  get active(): boolean {
    return this.state === "playing" || this.state === "waiting";
  }

  unlock(sampleRate: number): Promise<void> {
    return this.#player.unlock(sampleRate);
  }

  load(recording: Recording): void {
    this.#player.load(recording);
    this.#follow();
  }

  play(): Promise<void> {
    return this.#player.play();
  }

  pause(): void {
    this.#player.pause();
  }

  toggle(): void {
    if (this.active) this.pause();
    else void this.play();
  }

  seek(seconds: number): void {
    this.#player.seek(seconds);
    this.position = this.#player.position;
  }

  /** More sound is there, or the end is. */
  pump(): void {
    this.#player.pump();
  }

  #follow(): void {
    this.state = this.#player.state;
    this.position = this.#player.position;
    if (this.state === "playing") requestAnimationFrame(() => this.#frame());
  }

  #frame(): void {
    this.position = this.#player.position;
    if (this.#player.state === "playing") requestAnimationFrame(() => this.#frame());
  }
}
