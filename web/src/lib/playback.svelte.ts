/** The player as the page watches it: state and position that components can read. */

import { Player, type PlayerState } from "./player";
import type { Recording } from "./recording";

export class Playback {
  state: PlayerState = $state("idle");
  position = $state(0); // seconds
  speed = $state(1); // times the recording's own
  #awaited = 0; // the animation frame that will tell the position; 0 when none
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

  /** Go on `speed` times as fast, at the same pitch. */
  setSpeed(speed: number): void {
    this.speed = speed;
    this.#player.setSpeed(speed);
  }

  /** More sound is there, or the end is. */
  pump(): void {
    this.#player.pump();
  }

  #follow(): void {
    this.state = this.#player.state;
    this.#tell();
  }

  /** Tell the position, and again with each frame while it moves. */
  #tell(): void {
    cancelAnimationFrame(this.#awaited);
    this.position = this.#player.position;
    this.#awaited = this.#player.state === "playing" ? requestAnimationFrame(() => this.#tell()) : 0;
  }
}
