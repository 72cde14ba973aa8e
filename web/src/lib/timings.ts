/** When each stretch of the text is heard, and where that stretch lies in a JavaScript string. */

/** A stretch of the text (characters = Unicode code points) and when it is heard (seconds of audio). */
export interface Timing {
  readonly start: number;
  readonly end: number;
  readonly time: number;
  readonly time_end: number;
}

/** What is heard at one moment: `current` is being said, everything before `spoken` has been. Characters. */
export interface Moment {
  readonly current: Timing | undefined;
  readonly spoken: number;
}

/** How many characters (code points) a string holds. */
export function countCharacters(text: string): number {
  let count = 0;
  for (const _ of text) count += 1;
  return count;
}

/** Turns the server's character offsets into UTF-16 offsets, which is how JavaScript counts. */
export class CharacterOffsets {
  readonly #units: Uint32Array; // (characters + 1,) UTF-16 offset of each character, then the end

  constructor(text: string) {
    this.#units = new Uint32Array(countCharacters(text) + 1);
    let index = 0;
    let unit = 0;
    for (const character of text) {
      this.#units[index++] = unit;
      unit += character.length;
    }
    this.#units[index] = unit;
  }

  /** Number of characters. */
  get length(): number {
    return this.#units.length - 1;
  }

  /** UTF-16 offset of a character; offsets outside the text give its nearest end. */
  toUtf16(character: number): number {
    const index = Math.min(Math.max(character, 0), this.length);
    return this.#units[index] ?? 0;
  }

  /** The character that holds a UTF-16 offset; offsets outside the text give its nearest end. */
  toCharacter(unit: number): number {
    return Math.max(0, lastAtOrBefore(this.#units.length, (k) => this.#units[k] ?? Infinity, unit));
  }
}

/** Timings in reading order, growing while the audio arrives. */
export class Timeline {
  readonly #timings: Timing[] = [];

  append(timings: readonly Timing[]): void {
    for (const timing of timings) this.#timings.push(timing);
  }

  /** All of them. */
  get timings(): readonly Timing[] {
    return this.#timings;
  }

  /** The timing that holds a character, else the next one; the last where none follows. */
  of(character: number): Timing | undefined {
    const next = this.#timings.find((timing) => timing.end > character);
    return next ?? this.#timings.at(-1);
  }

  /** The timing `steps` after (before, where negative) the one heard at `seconds`; stays within the text. */
  beside(seconds: number, steps: number): Timing | undefined {
    const heard = lastAtOrBefore(this.#timings.length, (k) => this.#time(k), seconds);
    return this.#timings[Math.min(Math.max(heard + steps, 0), this.#timings.length - 1)];
  }

  /** What is heard `seconds` into the audio. */
  at(seconds: number): Moment {
    const last = this.#timings[lastAtOrBefore(this.#timings.length, (k) => this.#time(k), seconds)];
    if (last === undefined) return { current: undefined, spoken: 0 };
    if (seconds < last.time_end) return { current: last, spoken: last.start };
    return { current: undefined, spoken: last.end };
  }

  #time(index: number): number {
    return this.#timings[index]?.time ?? Infinity;
  }
}

/** Index of the last of `count` ascending values that is ≤ `wanted`; −1 when none is. */
export function lastAtOrBefore(count: number, valueAt: (index: number) => number, wanted: number): number {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (valueAt(middle) <= wanted) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
