/**
 * Captions of a take: SubRip for video, LRC for players that show lyrics.
 *
 * The rules are those of `huisheng speak --captions` (`runtime/captions.py`); both are held to
 * `tests/golden/captions.json`.
 */

import { CharacterOffsets, type Timing } from "./timings";

export type CaptionFormat = "srt" | "lrc";

const LONGEST_LINE = 20; // characters of one caption; more do not fit a phone's width
const STOPS = new Set("。！？；…\n.!?;");
const RESTS = new Set([...STOPS, ..."，、：,:"]);
const WHITESPACE = /[\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+/gu; // what Python's str.split() takes

interface Caption {
  readonly start: number; // seconds
  readonly end: number; // seconds
  readonly words: string;
}

/** The captions of a text as a file of a format. */
export function captionFile(format: CaptionFormat, text: string, timings: readonly Timing[]): string {
  return format === "srt" ? subrip(text, timings) : lyrics(text, timings);
}

/** SubRip: a number, a time range, a line. */
export function subrip(text: string, timings: readonly Timing[]): string {
  return captionsOf(text, timings)
    .map(({ start, end, words }, k) => `${String(k + 1)}\n${subripClock(start)} --> ${subripClock(end)}\n${words}\n`)
    .join("\n");
}

/** LRC: the time a line begins, the line; at last an empty one where the sound ends. */
export function lyrics(text: string, timings: readonly Timing[]): string {
  const captions = captionsOf(text, timings);
  const last = captions.at(-1);
  if (last === undefined) return "";
  const lines = captions.map(({ start, words }) => `[${lyricsClock(start)}]${words}\n`);
  return `${lines.join("")}[${lyricsClock(last.end)}]\n`;
}

/** A line ends at a mark, or before it would grow too long; what shares a token stays together. */
function captionsOf(text: string, timings: readonly Timing[]): Caption[] {
  const offsets = new CharacterOffsets(text);
  const slice = (start: number, end: number): string => text.slice(offsets.toUtf16(start), offsets.toUtf16(end));
  const captions: Caption[] = [];
  let first: Timing | undefined;
  timings.forEach((timing, k) => {
    first ??= timing;
    const following = timings[k + 1];
    if (following !== undefined && !endsLine(first, timing, following, slice)) return;
    const words = slice(first.start, timing.end).replaceAll(WHITESPACE, " ").replaceAll(/^ | $/gu, "");
    captions.push({ start: first.time, end: timing.time_end, words });
    first = undefined;
  });
  return captions;
}

function endsLine(
  first: Timing,
  timing: Timing,
  following: Timing,
  slice: (start: number, end: number) => string,
): boolean {
  if (following.start === timing.start && following.end === timing.end) return false;
  const length = following.end - first.start;
  if (length > LONGEST_LINE) return true;
  const between = [...slice(timing.end, following.start)];
  return between.some((mark) => STOPS.has(mark) || (length > LONGEST_LINE / 2 && RESTS.has(mark)));
}

function subripClock(seconds: number): string {
  const milliseconds = roundHalfEven(seconds * 1000);
  const minutes = Math.floor(milliseconds / 60_000);
  const clock = [Math.floor(minutes / 60), minutes % 60, Math.floor(milliseconds / 1000) % 60].map(padded).join(":");
  return `${clock},${String(milliseconds % 1000).padStart(3, "0")}`;
}

function lyricsClock(seconds: number): string {
  const hundredths = roundHalfEven(seconds * 100);
  return `${padded(Math.floor(hundredths / 6000))}:${padded(Math.floor(hundredths / 100) % 60)}.${padded(hundredths % 100)}`;
}

function padded(value: number): string {
  return String(value).padStart(2, "0");
}

/** As Python rounds: a half goes to the even neighbour. */
function roundHalfEven(value: number): number {
  const rounded = Math.round(value);
  return Math.abs(value % 1) === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}
