/** Audio that grows while it is made: signed 16-bit samples and the outline that is drawn of them. */

import { lastAtOrBefore } from "./timings";

/** Signed 16-bit little-endian mono samples from base64; (N,). Browsers run on little-endian machines only. */
export function decodePcm(base64: string): Int16Array<ArrayBuffer> {
  const binary = atob(base64);
  const bytes = new Uint8Array(binary.length - (binary.length % 2));
  for (let k = 0; k < bytes.length; k += 1) bytes[k] = binary.charCodeAt(k);
  return new Int16Array(bytes.buffer);
}

/** The samples of one take. `complete` once nothing more will come. */
export class Recording {
  readonly sampleRate: number;
  readonly outline: Outline;
  complete = false;
  #length = 0;
  readonly #pieces: Int16Array[] = [];
  readonly #starts: number[] = []; // first sample of each piece

  constructor(sampleRate: number) {
    this.sampleRate = sampleRate;
    this.outline = new Outline(Math.round(sampleRate * 0.02));
  }

  /** Number of samples. */
  get length(): number {
    return this.#length;
  }

  /** Seconds. */
  get duration(): number {
    return this.#length / this.sampleRate;
  }

  append(samples: Int16Array): void {
    this.#pieces.push(samples);
    this.#starts.push(this.#length);
    this.#length += samples.length;
    this.outline.append(samples);
  }

  /** All samples; (N,). */
  samples(): Int16Array<ArrayBuffer> {
    const all = new Int16Array(this.#length);
    this.#pieces.forEach((piece, k) => all.set(piece, this.#starts[k]));
    return all;
  }

  /** Samples `start` up to, not including, `end`, as floats −1…+1; (end − start,). */
  read(start: number, end: number): Float32Array<ArrayBuffer> {
    const floats = new Float32Array(end - start);
    let k = lastAtOrBefore(this.#starts.length, (index) => this.#starts[index] ?? Infinity, start);
    for (let written = 0; written < floats.length; k += 1) {
      const piece = this.#pieces[k];
      if (piece === undefined) break;
      const offset = start + written - (this.#starts[k] ?? 0);
      const count = Math.min(piece.length - offset, floats.length - written);
      for (let j = 0; j < count; j += 1) floats[written + j] = (piece[offset + j] ?? 0) / 32_768;
      written += count;
    }
    return floats;
  }
}

/** The loudest sample of each short stretch: enough to draw a waveform without keeping the sound. */
export class Outline {
  readonly #stretch: number;
  readonly #peaks: number[] = [];
  #filled = 0; // samples in the unfinished last stretch

  /** @param stretch samples per peak. */
  constructor(stretch: number) {
    this.#stretch = stretch;
  }

  append(samples: Int16Array): void {
    for (const sample of samples) {
      if (this.#filled === 0) this.#peaks.push(0);
      const last = this.#peaks.length - 1;
      this.#peaks[last] = Math.max(this.#peaks[last] ?? 0, Math.abs(sample) / 32_768);
      this.#filled = (this.#filled + 1) % this.#stretch;
    }
  }

  /** At most `count` values, 0…1, over the whole recording: means of peaks, since every minute of speech peaks alike. */
  bins(count: number): Float32Array<ArrayBuffer> {
    const bins = new Float32Array(Math.min(count, this.#peaks.length));
    const sizes = new Float32Array(bins.length);
    this.#peaks.forEach((peak, k) => {
      const bin = Math.floor((k * bins.length) / this.#peaks.length);
      bins[bin] = (bins[bin] ?? 0) + peak;
      sizes[bin] = (sizes[bin] ?? 0) + 1;
    });
    return bins.map((sum, bin) => sum / (sizes[bin] ?? 1));
  }
}
