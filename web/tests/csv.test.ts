import { expect, test } from "vitest";

import { csv } from "../src/lib/csv";

const MARK = "\ufeff";

test("rows end as RFC 4180 wants it, after a byte-order mark", () => {
  expect(csv([["日期", "次数"], ["2026-11-22", 3]])).toBe(`${MARK}日期,次数\r\n2026-11-22,3\r\n`);
});

test.each([
  ['say "hi", then\ngo', '"say ""hi"", then\ngo"'],
  ["=1+1", "'=1+1"],
  ["@cmd", "'@cmd"],
  ["-2", "'-2"],
  ["a,b", '"a,b"'],
])("%j is written %j", (text, written) => {
  expect(csv([[text]])).toBe(`${MARK}${written}\r\n`);
});

test("numbers below zero stay numbers", () => {
  expect(csv([[-2]])).toBe(`${MARK}-2\r\n`);
});
