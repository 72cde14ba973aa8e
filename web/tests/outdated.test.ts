import { expect, test } from "vitest";

import type { SpeechRequest } from "../src/lib/api";
import { isOutdated } from "../src/lib/outdated";

const refused: SpeechRequest = {
  text: "مرحبا",
  voice: "one",
  emotion: "happy",
  intensity: 1,
  speed: 1,
  pitch: 0,
  volume: 0,
  format: "mp3",
};

test.each<[string, Partial<SpeechRequest>, boolean]>([
  ["text", {}, false],
  ["text", { text: "你好" }, true],
  ["text", { speed: 2 }, false],
  ["text", { voice: "two" }, true],
  ["emotion", { emotion: "sad" }, true],
  ["emotion", { text: "你好" }, false],
  ["", { text: "你好", voice: "two" }, false],
  ["toString", { voice: "two" }, false],
])("a refusal of %j after %j is outdated: %j", (field, change, outdated) => {
  expect(isOutdated(field, refused, { ...refused, ...change })).toBe(outdated);
});
