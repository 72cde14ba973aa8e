/** Cuts a text into pieces small enough that lighting one character redraws one piece only. */

import { lastAtOrBefore } from "./timings";

/** A piece of the text, in UTF-16 offsets. */
export interface Segment {
  readonly start: number;
  readonly end: number;
}

const LONGEST = 120; // UTF-16 units; about four lines of the reading pane
const SENTENCE = /[^。！？!?；;…\n]*[。！？!?；;…\n]*[”’」』）)】》]*/gu;

/** The pieces of a text, in order and without gaps. */
export function segmentsOf(text: string): Segment[] {
  const segments: Segment[] = [];
  for (const match of text.matchAll(SENTENCE)) {
    if (match[0] !== "") segments.push(...cut(text, match.index, match.index + match[0].length));
  }
  return segments;
}

/** Which piece holds a UTF-16 offset; −1 when there is none. */
export function segmentAt(segments: readonly Segment[], offset: number): number {
  return lastAtOrBefore(segments.length, (k) => segments[k]?.start ?? Infinity, offset);
}

function* cut(text: string, start: number, end: number): Generator<Segment> {
  let from = start;
  while (end - from > LONGEST) {
    const to = from + LONGEST + (splitsPair(text, from + LONGEST) ? 1 : 0);
    yield { start: from, end: to };
    from = to;
  }
  yield { start: from, end };
}

function splitsPair(text: string, offset: number): boolean {
  const unit = text.charCodeAt(offset);
  return unit >= 0xdc00 && unit <= 0xdfff;
}
