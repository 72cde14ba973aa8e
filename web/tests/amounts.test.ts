import { expect, test } from "vitest";

import { amountOf, durationOf } from "../src/lib/amounts";

test.each([
  ["calls", 1, "zh", "1 次"],
  ["calls", 1, "en", "1 call"],
  ["calls", 12_345, "en", "12,345 calls"],
  ["characters", 12_345, "zh", "12,345 字"],
  ["seconds", 65, "zh", "1 分 5 秒"],
] as const)("%s: %d in %s are %s", (meter, value, language, shown) => {
  expect(amountOf(meter, value, language)).toBe(shown);
});

test.each([
  [0, "0 秒"],
  [12.34, "12.3 秒"],
  [60, "1 分"],
  [3600, "1 小时"],
  [3725, "1 小时 2 分"],
  [4_000_000, "1,111 小时 6 分"],
])("%d seconds are %s", (seconds, shown) => {
  expect(durationOf(seconds, "zh")).toBe(shown);
});
