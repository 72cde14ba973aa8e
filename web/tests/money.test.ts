import { expect, test } from "vitest";

import { money, parseYuan, shortYuan, yuan } from "../src/lib/money";

test.each([
  [0, "¥0.00"],
  [5, "¥0.05"],
  [1990, "¥19.90"],
  [123_456_789, "¥1,234,567.89"],
  [-100, "−¥1.00"],
])("%d fen are %s", (fen, shown) => {
  expect(yuan(fen)).toBe(shown);
});

test.each([
  [1990, "CNY", "¥19.90"],
  [123_450, "USD", "USD 1,234.50"],
])("%d hundredths of %s are %s", (amount, currency, shown) => {
  expect(money(amount, currency)).toBe(shown);
});

test.each([
  [0, "¥0"],
  [2000, "¥20"],
  [1990, "¥19.90"],
])("a price of %d fen is written %s", (fen, shown) => {
  expect(shortYuan(fen)).toBe(shown);
});

test.each([
  ["19.9", 1990],
  ["19.90", 1990],
  [" ¥1,234.5 ", 123_450],
  ["￥0.01", 1],
  ["999999999.99", 99_999_999_999],
])("%j is an amount", (text, fen) => {
  expect(parseYuan(text)).toBe(fen);
});

test.each(["", "abc", "1.234", "-1", "1e3", ".5", "5.", "9999999999"])("%j is none", (text) => {
  expect(parseYuan(text)).toBeUndefined();
});

test("no amount in fen is changed by writing and reading", () => {
  for (const fen of [1, 10, 29, 57, 1015, 8_765_4321]) expect(parseYuan(yuan(fen))).toBe(fen);
});
