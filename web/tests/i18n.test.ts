import { expect, test } from "vitest";

import { clock, signed } from "../src/lib/format";
import { preferredLanguage } from "../src/lib/i18n";

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
  [4000, "66:40"],
])("%d seconds read %s", (seconds, shown) => {
  expect(clock(seconds)).toBe(shown);
});

test.each([
  [-3, "−3"],
  [0, "0"],
  [2.5, "+2.5"],
])("%d reads %s", (value, shown) => {
  expect(signed(value)).toBe(shown);
});
