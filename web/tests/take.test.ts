import { expect, test } from "vitest";

import type { SpeechRequest } from "../src/lib/api";
import type { TakeRecord } from "../src/lib/archive";
import { Take } from "../src/lib/take.svelte";

const TEXT = "春😀江。秋水！\n\n长天";
const HEARD = [0, 2, 4, 5, 9, 10]; // characters

const request: SpeechRequest = {
  text: TEXT,
  voice: "tinglan",
  emotion: "happy",
  intensity: 1,
  speed: 1,
  pitch: 0,
  volume: 0,
  format: "mp3",
};
const record: TakeRecord = {
  id: 7,
  request,
  status: "done",
  spoken: 11,
  samples: 6000,
  sampleRate: 1000,
  timings: HEARD.map((start, k) => ({ start, end: start + 1, time: k, time_end: k + 1 })),
  files: { mp3: "/audio/x.mp3" },
};
const take = Take.archived(record);

test.each([
  ["a character that is heard", 0, 0],
  ["half of a surrogate pair: what follows it", 2, 1],
  ["a mark: what follows it", TEXT.indexOf("。"), 2],
  ["a line break: what follows it", TEXT.indexOf("\n"), 4],
  ["the end: the last", TEXT.length, 5],
])("pointing at %s", (_, offset, time) => {
  expect(take.timingAt(offset)?.time).toBe(time);
});

test.each([
  ["the next sentence", 0.5, 1, 2],
  ["the next one across an empty line", 2.5, 1, 4],
  ["none after the last", 5, 1, undefined],
  ["the sentence before", 4.5, -1, 2],
  ["the beginning, from within the first", 1.5, -1, 0],
] as const)("stepping finds %s", (_, seconds, step, time) => {
  expect(take.sentenceBeside(seconds, step)?.time).toBe(time);
});

test.each([
  [0.5, 1, 1],
  [5.5, 1, 5],
  [0, -1, 0],
])("from %d s, %d characters on, comes what is heard at %d s", (seconds, steps, time) => {
  expect(take.timeline.beside(seconds, steps)?.time).toBe(time);
});

test("what is kept of an archived take is what was kept before", () => {
  expect(take.record).toEqual(record);
});

test("an archived take has its sound once its samples came", () => {
  const other = Take.archived(record);
  other.refill(new Int16Array(6000));

  expect(other.recording).toMatchObject({ duration: 6, complete: true });
});

test("a take that is being made is not kept", () => {
  expect(new Take(1, request).record).toBeUndefined();
});
