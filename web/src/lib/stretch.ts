/** Speech slower or faster at its own pitch: WSOLA (Verhelst and Roelands, ICASSP 1993, "An overlap-add technique"). */

import type { Recording } from "./recording";

const HOP = 0.02; // seconds between frames of the output; a frame lasts two hops
const TOLERANCE = 0.008; // seconds a frame may be moved to fit: half a period of a voice at 62 Hz
const STRIDE = 2; // samples skipped while frames are compared

/** The rest of a recording from a sample on, at another speed; it may grow meanwhile. */
export class Stretcher {
  readonly #recording: Recording;
  readonly #start: number; // sample
  readonly #speed: number;
  readonly #hop: number; // samples
  readonly #tolerance: number; // samples
  #hops = 0; // of output so far
  #continuation: number; // sample that would follow the latest frame's first half if nothing were moved

  constructor(recording: Recording, start: number, speed: number) {
    this.#recording = recording;
    this.#start = start;
    this.#speed = speed;
    this.#hop = Math.round(HOP * recording.sampleRate);
    this.#tolerance = Math.round(TOLERANCE * recording.sampleRate);
    this.#continuation = start;
  }

  /** The sample of the recording up to which `read` has come. */
  get reached(): number {
    const reached = this.#nominal(this.#hops);
    return this.#recording.complete ? Math.min(reached, this.#recording.length) : reached;
  }

  /** At most `seconds` more of the output; (N,), empty where more must be recorded first. */
  read(seconds: number): Float32Array<ArrayBuffer> {
    const most = Math.max(1, Math.round((seconds * this.#recording.sampleRate) / this.#hop));
    const output = new Float32Array(most * this.#hop);
    let made = 0;
    while (made < most && this.#hasNext()) {
      this.#writeHop(output.subarray(made * this.#hop, (made + 1) * this.#hop));
      made += 1;
    }
    return output.slice(0, made * this.#hop);
  }

  #nominal(hops: number): number {
    return this.#start + hops * this.#hop * this.#speed;
  }

  #hasNext(): boolean {
    const next = this.#nominal(this.#hops);
    if (this.#recording.complete) return next < this.#recording.length;
    const furthest = Math.max(next + this.#tolerance, this.#continuation) + this.#hop;
    return furthest <= this.#recording.length;
  }

  /** Fade from what would follow into the frame that fits it best; (hop,). */
  #writeHop(output: Float32Array): void {
    const before = this.#recording.read(this.#continuation, this.#continuation + this.#hop);
    const place = this.#hops === 0 ? this.#start : this.#bestPlace(Math.round(this.#nominal(this.#hops)), before);
    const after = this.#recording.read(place, place + this.#hop);
    for (let k = 0; k < output.length; k += 1) {
      const share = 0.5 - 0.5 * Math.cos((Math.PI * (k + 0.5)) / output.length);
      output[k] = (before[k] ?? 0) * (1 - share) + (after[k] ?? 0) * share;
    }
    this.#continuation = place + this.#hop;
    this.#hops += 1;
  }

  /** The sample near `nominal` from which the recording is most like `wanted` (hop,), by normalized correlation. */
  #bestPlace(nominal: number, wanted: Float32Array): number {
    const first = Math.max(0, nominal - this.#tolerance);
    const around = this.#recording.read(first, nominal + this.#tolerance + this.#hop);
    let best = nominal;
    let likeness = 0;
    for (let lag = 0; first + lag <= nominal + this.#tolerance; lag += 1) {
      const found = likenessOf(around, lag, wanted);
      if (found > likeness) [best, likeness] = [first + lag, found];
    }
    return best;
  }
}

function likenessOf(around: Float32Array, lag: number, wanted: Float32Array): number {
  let product = 0;
  let energy = 1e-9;
  for (let k = 0; k < wanted.length; k += STRIDE) {
    const sample = around[lag + k] ?? 0;
    product += sample * (wanted[k] ?? 0);
    energy += sample * sample;
  }
  return product / Math.sqrt(energy);
}
