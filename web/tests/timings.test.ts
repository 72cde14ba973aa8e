import { describe, expect, test } from "vitest";

import { CharacterOffsets, countCharacters, lastAtOrBefore, Timeline } from "../src/lib/timings";

describe("character offsets", () => {
  test("are UTF-16 offsets while no character needs two units", () => {
    const offsets = new CharacterOffsets("你好，世界");

    expect([0, 2, 5].map((k) => offsets.toUtf16(k))).toEqual([0, 2, 5]);
  });

  test("step over both units of a rare character", () => {
    const text = "𠮷野家😀好";
    const offsets = new CharacterOffsets(text);

    expect(text.slice(offsets.toUtf16(1), offsets.toUtf16(3))).toBe("野家");
    expect(text.slice(offsets.toUtf16(4), offsets.toUtf16(5))).toBe("好");
  });

  test("count a lone surrogate as one character, as the server does", () => {
    expect(new CharacterOffsets("a\ud800b").length).toBe(3);
  });

  test("outside the text give its nearest end", () => {
    const offsets = new CharacterOffsets("好😀");

    expect(offsets.toUtf16(-1)).toBe(0);
    expect(offsets.toUtf16(99)).toBe(3);
  });

  test("of nothing is nothing", () => {
    expect(new CharacterOffsets("").toUtf16(0)).toBe(0);
  });
});

test("characters are counted as people count them", () => {
  expect(countCharacters("𠮷😀好")).toBe(3);
});

describe("a timeline", () => {
  const timeline = new Timeline();
  timeline.append([{ start: 0, end: 1, time: 0.1, time_end: 0.3 }]);
  timeline.append([
    { start: 1, end: 3, time: 0.3, time_end: 0.5 },
    { start: 5, end: 6, time: 1, time_end: 1.2 },
  ]);

  test("lights nothing before the first sound", () => {
    expect(timeline.at(0.05)).toEqual({ current: undefined, spoken: 0 });
  });

  test("lights what is being said, from its first moment", () => {
    expect(timeline.at(0.3).current).toMatchObject({ start: 1, end: 3 });
  });

  test("counts what is lit as not yet spoken", () => {
    expect(timeline.at(0.4).spoken).toBe(1);
  });

  test("lights nothing in a pause, and remembers what was said", () => {
    expect(timeline.at(0.7)).toEqual({ current: undefined, spoken: 3 });
  });

  test("is over after its last sound", () => {
    expect(timeline.at(9)).toEqual({ current: undefined, spoken: 6 });
  });

  test("that is empty has said nothing", () => {
    expect(new Timeline().at(1)).toEqual({ current: undefined, spoken: 0 });
  });
});

test("the search finds what a scan finds, for every position", () => {
  const values = [0, 1, 1, 2, 5, 8];
  for (let wanted = -1; wanted < 10; wanted += 0.5) {
    const scanned = values.findLastIndex((value) => value <= wanted);

    expect(lastAtOrBefore(values.length, (k) => values[k] ?? NaN, wanted)).toBe(scanned);
  }
});
