import { expect, test } from "vitest";

import { auditWords } from "../src/account/words/audit";

test("what has words in Chinese has words in English", () => {
  expect(Object.keys(auditWords.en)).toEqual(Object.keys(auditWords.zh));
});

test.each(["zh", "en"] as const)("no two actions have the same words in %s", (language) => {
  const words = Object.values(auditWords[language]);

  expect(new Set(words).size).toBe(words.length);
});
