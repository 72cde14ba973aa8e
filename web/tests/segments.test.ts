import { describe, expect, test } from "vitest";

import { segmentAt, segmentsOf } from "../src/lib/segments";

const texts = [
  "",
  "你好。",
  "他说：“走吧！”然后就走了……真的？",
  "没有标点的一行\n第二行\n\n第四行",
  "？？？！！",
  "长".repeat(1000),
  "😀".repeat(300),
  "<b>不是标签</b>",
];

describe.each(texts)("segments of %j", (text) => {
  const segments = segmentsOf(text);

  test("cover the text once and in order", () => {
    expect(segments.map(({ start, end }) => text.slice(start, end)).join("")).toBe(text);
  });

  test("are short and never empty", () => {
    for (const { start, end } of segments) {
      expect(end).toBeGreaterThan(start);
      expect(end - start).toBeLessThanOrEqual(121);
    }
  });

  test("do not split a character", () => {
    for (const { start, end } of segments) expect(text.slice(start, end)).not.toMatch(/\p{Surrogate}/u);
  });

  test("are found by any offset that they hold", () => {
    for (const [k, { start, end }] of segments.entries()) {
      expect(segmentAt(segments, start)).toBe(k);
      expect(segmentAt(segments, end - 1)).toBe(k);
    }
  });
});

test("a closing quotation mark stays with its sentence", () => {
  const text = "“走吧！”他说。";

  expect(segmentsOf(text).map(({ start, end }) => text.slice(start, end))).toEqual(["“走吧！”", "他说。"]);
});
