import { expect, test } from "vitest";

import shared from "../../tests/golden/captions.json";
import { lyrics, subrip } from "../src/lib/captions";
import type { Timing } from "../src/lib/timings";

const timingOf = ([start = 0, end = 0, time = 0, time_end = 0]: readonly number[]): Timing => ({ start, end, time, time_end });
const timed = (text: string): Timing[] =>
  [...text].flatMap((character, k) => (/\p{L}/u.test(character) ? [{ start: k, end: k + 1, time: k, time_end: k + 1 }] : []));

test.each(shared)("SubRip is what the command line writes: $name", ({ text, timings, srt }) => {
  expect(subrip(text, timings.map(timingOf))).toBe(srt);
});

test("LRC has the lines of SubRip with the time each begins, and ends where the sound does", () => {
  expect(lyrics("你好。世界", timed("你好。世界"))).toBe("[00:00.00]你好\n[00:03.00]世界\n[00:05.00]\n");
});

test("LRC counts minutes beyond an hour", () => {
  expect(lyrics("好", [{ start: 0, end: 1, time: 3661.234, time_end: 3662 }])).toBe("[61:01.23]好\n[61:02.00]\n");
});

test("nothing heard is no line", () => {
  expect(lyrics("。", [])).toBe("");
});
