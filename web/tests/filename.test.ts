import { describe, expect, test } from "vitest";

import { fileName } from "../src/lib/filename";

const parts = ["绘声", "听澜", "开心"];
const HOSTILE = [
  "../../etc/passwd",
  "C:\\Windows\\con.txt",
  'a<b>c:"d"/e\\f|g?h*i',
  "行一\n行二\r\n\t行三\0",
  "\u202etxt.exe\u2066\u200b\ufeff",
  "...   ...",
  "😀".repeat(200),
  "𠮷".repeat(200),
  "a".repeat(500),
  "",
  "\ud800",
  "CON",
];

test("it tells the product, the voice, the emotion and how the text begins", () => {
  expect(fileName(parts, "今天天气真好。", "mp3")).toBe("绘声-听澜-开心-今天天气真好.mp3");
});

test("what is unknown is left out", () => {
  expect(fileName(["绘声", "", "开心"], "你好", "srt")).toBe("绘声-开心-你好.srt");
});

test("tags and shorthand marks are not part of it", () => {
  expect(fileName(["绘声"], "<speak>你好<break time='1s'/>世界</speak>[停顿 1s]", "mp3")).toBe("绘声-你好 世界.mp3");
});

describe.each(HOSTILE)("of %j", (text) => {
  const name = fileName(parts, text, "mp3");

  test("it has at most 80 characters and 255 bytes", () => {
    expect([...name].length).toBeLessThanOrEqual(80);
    expect(new TextEncoder().encode(name).length).toBeLessThanOrEqual(255);
  });

  test("it holds nothing that a system forbids, and keeps its suffix", () => {
    expect(name).not.toMatch(/[<>:"/\\|?*\p{C}\u2028\u2029]/u);
    expect(name).toMatch(/^绘声-听澜-开心.*(?<![ .])\.mp3$/u);
  });
});

test("a voice with a hostile name does no harm", () => {
  expect(fileName(["绘声", "../a/b", "\u202e"], "好", "mp3")).toBe("绘声-a b-好.mp3");
});
