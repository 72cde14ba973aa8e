import { expect, test } from "vitest";

import { clock, signed } from "../src/lib/format";
import { preferredLanguage } from "../src/lib/i18n";

test.each([
  [null, ["zh-CN", "en"], "zh"],
  [null, ["en-GB", "zh"], "en"],
  [null, ["de", "en-US"], "en"],
  [null, ["de"], "zh"],
  ["en", ["zh-CN"], "en"],
  ["fr", ["zh-TW"], "zh"],
])("kept %j with browser languages %j gives %s", (kept, browser, language) => {
  expect(preferredLanguage(kept, browser)).toBe(language);
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
