import { expect, test } from "vitest";

import { emailFault, passwordFault, taxNumberFault } from "../src/lib/validation";

test.each(["a@example.com", " qing.zhao+tts@sub.example.cn "])("%j is an address", (text) => {
  expect(emailFault(text)).toBeUndefined();
});

test.each(["", "a", "a@b", "a b@example.com", "@example.com", "a@@example.com"])("%j is none", (text) => {
  expect(emailFault(text)).toBeDefined();
});

test("characters of a password are counted, not UTF-16 units", () => {
  expect(passwordFault("𠮷".repeat(7))).toBeDefined();
  expect(passwordFault("𠮷".repeat(8))).toBeUndefined();
});

test.each(["91350100M000100Y43", "91350100m000100y43", "110101199003078", "91350100M000100Y4312"])("%j is a tax number", (text) => {
  expect(taxNumberFault(text)).toBeUndefined(); // the first is the example of GB 32100-2015
});

test.each([
  ["", "请填写税号。"],
  ["91350100M000100Y44", "税号的校验位不正确，请核对。"],
  ["91350100I000100Y43", "税号的校验位不正确，请核对。"],
  ["123", "税号由 15 至 20 位数字和大写字母组成。"],
])("%j is none, and why", (text, why) => {
  expect(taxNumberFault(text)?.zh).toBe(why);
});
