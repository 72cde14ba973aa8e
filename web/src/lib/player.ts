/** Plays a recording while it grows: short slices, laid end to end on the audio clock. */

import type { Recording } from "./recording";
import { Stretcher } from "./stretch";

export type PlayerState = "idle" | "playing" | "waiting" | "paused" | "ended";

/** What the player needs of an `AudioContext`. */
export type AudioClock = Pick<
  AudioContext,
  "currentTime" | "destination" | "createBuffer" | "createBufferSource" | "resume" | "close" | "sampleRate"
> & { readonly outputLatency?: number };

const SLICE = 0.5; // seconds a scheduled slice lasts at most
const LOOKAHEAD = 2; // seconds kept scheduled; a hidden page wakes once a second
const CUSHION = 0.08; // seconds between deciding to play and the first sample
const ENOUGH = 0.3; // seconds that must be there before playing (again) while more is to come
const WAKE = 200; // milliseconds between looks at the schedule

/**
 * One recording at a time, played from any position.
 *
 * Slices start at exact multiples of the sample period because the clock runs at the recording's own rate,
 * so nothing is resampled and no gap can be heard between them. Another speed changes the samples, not the clock.
 */
export class Player {
  readonly #createClock: (sampleRate: number) => AudioClock;
  readonly #onChange: () => void;
  #clock: AudioClock | undefined;
  #recording: Recording | undefined;
  #state: PlayerState = "idle";
  #position = 0; // seconds into the recording at `#anchor`
  #anchor = 0; // clock time
  #next = 0; // first sample that is not scheduled yet
  #speed = 1; // times the recording's own
  #stretcher: Stretcher | undefined; // none at the recording's own speed
  #sources = new Set<AudioBufferSourceNode>();
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(createClock: (sampleRate: number) => AudioClock, onChange: () => void) {
    this.#createClock = createClock;
    this.#onChange = onChange;
  }

  get state(): PlayerState {
    return this.#state;
  }

  /** Seconds into the recording, as heard. */
  get position(): number {
    if (this.#state !== "playing" || this.#clock === undefined) return this.#position;
    const heard = this.#clock.currentTime - (this.#clock.outputLatency ?? 0);
    const position = this.#position + Math.max(0, heard - this.#anchor) * this.#speed;
    return Math.min(position, this.#recording?.duration ?? 0);
  }

  /** Open the audio device. Browsers allow it only while a key or button press is handled. */
  async unlock(sampleRate: number): Promise<void> {
    const former = this.#clock;
    if (former?.sampleRate === sampleRate) return former.resume();
    this.#clock = this.#createClock(sampleRate);
    await this.#clock.resume();
    await former?.close();
  }

  /** Take another recording, at its beginning, silent. */
  load(recording: Recording): void {
    this.#halt();
    this.#recording = recording;
    this.#position = 0;
    this.#become("paused");
  }

  async play(): Promise<void> {
    const recording = this.#recording;
    if (recording === undefined) return;
    if (recording.complete && this.#position >= recording.duration) this.#position = 0;
    this.#become("waiting");
    await this.unlock(recording.sampleRate);
    this.pump();
  }

  pause(): void {
    if (this.#state !== "playing" && this.#state !== "waiting") return;
    this.#position = this.position;
    this.#halt();
    this.#become("paused");
  }

  /** Move to `seconds`; goes on playing if it was. */
  seek(seconds: number): void {
    const active = this.#state === "playing" || this.#state === "waiting";
    this.#halt();
    this.#position = Math.min(Math.max(seconds, 0), this.#recording?.duration ?? 0);
    if (this.#recording !== undefined) this.#become(active ? "waiting" : "paused");
    this.pump();
  }

  /** Go on from here `speed` times as fast, at the same pitch. */
  setSpeed(speed: number): void {
    const { position } = this;
    this.#speed = speed;
    if (this.#recording !== undefined) this.seek(position);
  }

  /** Schedule what can be scheduled. Call when the recording grew or became complete. */
  pump(): void {
    if (this.#state === "playing") this.#rest();
    if (this.#state === "waiting") this.#begin();
    if (this.#state === "playing") this.#schedule();
  }

  /** Go quiet where everything scheduled has been heard: at the end, or because the rest is late. */
  #rest(): void {
    const { clock, recording } = this.#open();
    if (clock.currentTime < this.#timeOf(this.#next)) return;
    this.#position = this.#next / recording.sampleRate;
    this.#halt();
    const over = recording.complete && this.#position >= recording.duration;
    this.#become(over ? "ended" : "waiting");
  }

  /** Start the clock of the recording once enough of it is there. */
  #begin(): void {
    const { clock, recording } = this.#open();
    const ahead = recording.duration - this.#position;
    if (recording.complete ? ahead <= 0 : ahead < ENOUGH * this.#speed) {
      if (recording.complete) this.#become("ended");
      return;
    }
    this.#next = Math.round(this.#position * recording.sampleRate);
    this.#stretcher = this.#speed === 1 ? undefined : new Stretcher(recording, this.#next, this.#speed);
    this.#anchor = clock.currentTime + CUSHION;
    this.#become("playing");
  }

  #schedule(): void {
    const { clock, recording } = this.#open();
    const horizon = clock.currentTime + LOOKAHEAD;
    while (this.#next < recording.length && this.#timeOf(this.#next) < horizon) {
      const [samples, end] = this.#slice(recording);
      if (samples.length === 0) return;
      this.#startSlice(clock, samples, recording.sampleRate);
      this.#next = end;
    }
  }

  /** What is to be heard next, and the sample of the recording that follows it. */
  #slice(recording: Recording): [samples: Float32Array<ArrayBuffer>, end: number] {
    if (this.#stretcher !== undefined) return [this.#stretcher.read(SLICE), this.#stretcher.reached];
    const end = Math.min(this.#next + Math.round(SLICE * recording.sampleRate), recording.length);
    return [recording.read(this.#next, end), end];
  }

  #startSlice(clock: AudioClock, samples: Float32Array<ArrayBuffer>, sampleRate: number): void {
    const buffer = clock.createBuffer(1, samples.length, sampleRate);
    buffer.copyToChannel(samples, 0);
    const source = clock.createBufferSource();
    source.buffer = buffer;
    source.connect(clock.destination);
    source.onended = () => this.#sources.delete(source);
    source.start(this.#timeOf(this.#next));
    this.#sources.add(source);
  }

  /** Clock time at which a sample is due. */
  #timeOf(sample: number): number {
    const rate = this.#recording?.sampleRate ?? 1;
    return this.#anchor + (sample / rate - this.#position) / this.#speed;
  }

  #halt(): void {
    for (const source of this.#sources) source.stop();
    this.#sources.clear();
  }

  #become(state: PlayerState): void {
    const active = state === "playing" || state === "waiting";
    if (active) this.#timer ??= setInterval(() => this.pump(), WAKE);
    if (!active) {
      clearInterval(this.#timer);
      this.#timer = undefined;
    }
    if (state === this.#state) return;
    this.#state = state;
    this.#onChange();
  }

  #open(): { clock: AudioClock; recording: Recording } {
    if (this.#clock === undefined || this.#recording === undefined) throw new Error("nothing is loaded");
    return { clock: this.#clock, recording: this.#recording };
  }
}
