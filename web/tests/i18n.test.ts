import { expect, test } from "vitest";

import { clock, heardOf, lasting, signed } from "../src/lib/format";
import { preferredLanguage } from "../src/lib/languages";

test.each([
  [null, "zh"],
  ["en", "en"],
  ["zh", "zh"],
  ["fr", "zh"],
])("kept %j gives %s", (kept, language) => {
  expect(preferredLanguage(kept)).toBe(language);
});

test.each([
  [0, "0:00"],
  [75.4, "1:15"],
  [75.6, "1:16"],
  [59.7, "1:00"],
  [4000, "66:40"],
])("%d seconds read %s", (seconds, shown) => {
  expect(clock(seconds)).toBe(shown);
});

test.each([
  [0, "0.0 秒"],
  [0.02, "0.1 秒"],
  [0.7, "0.7 秒"],
  [9.94, "9.9 秒"],
  [9.97, "0:10"],
  [75.4, "1:15"],
])("a sound of %d seconds lasts %s", (seconds, shown) => {
  expect(lasting(seconds, (value) => `${value} 秒`)).toBe(shown);
});

test.each([
  [0.3, 0.7, "0.3 / 0.7 s"],
  [3.04, 12, "0:03 / 0:12"],
])("%d of %d seconds read %s", (position, duration, shown) => {
  expect(heardOf(position, duration, (value) => `${value} s`)).toBe(shown);
});

test.each([
  [-3, "−3"],
  [0, "0"],
  [2.5, "+2.5"],
])("%d reads %s", (value, shown) => {
  expect(signed(value)).toBe(shown);
});
