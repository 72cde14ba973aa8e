import { expect, test } from "vitest";

import type { Voice } from "../src/lib/api";
import { sampleOf } from "../src/lib/samples.svelte";

const voice = (...languages: string[]): Voice => ({
  id: "tinglan",
  name: "听澜",
  name_en: "Tinglan",
  description: "",
  description_en: "",
  gender: "female",
  languages,
  engine: "silent",
  emotions: ["neutral"],
});

test.each([
  ["Mandarin", ["zh-CN", "en-US"], /^你好，我是听澜。/u],
  ["Sichuanese", ["zh-CN-sichuan"], /^你好/u],
  ["English", ["en-US", "zh-CN"], /^Hello, I am Tinglan\./u],
  ["Shanghainese, which reads English only", ["wuu"], /^Hello/u],
  ["Cantonese", ["yue-HK"], /alphabet="jyutping"/u],
])("a voice of %s says what it can say", (_, languages, text) => {
  expect(sampleOf(voice(...languages)).text).toMatch(text);
});

test("the sample of a voice takes its name as it is, not as markup", () => {
  expect(sampleOf(voice("zh-CN")).markup).toBe("none");
});
