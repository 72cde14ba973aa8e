import { expect, test } from "vitest";

import { curlCommand, pythonProgram, type Snippet } from "../src/lib/snippets";

const snippet = (text: string, guarded = false): Snippet => ({
  request: { text, voice: "tinglan", emotion: "happy", intensity: 1, speed: 1.25, pitch: -2, volume: 0, format: "mp3" },
  origin: "http://127.0.0.1:8000",
  file: "绘声-你好.mp3",
  guarded,
});

test("curl gets the text within single quotes, each of which in the text is closed, escaped, reopened", () => {
  expect(curlCommand(snippet("it's $HOME `id` \\n"))).toContain(String.raw`--data-urlencode 'text=it'\''s $HOME ` + "`id`" + String.raw` \n'`);
});

test("curl sends every setting", () => {
  expect(curlCommand(snippet("好"))).toContain("'speed=1.25' \\\n  --data-urlencode 'pitch=-2'");
});

test("Python gets the text as a literal that escapes quotes, line feeds and backslashes", () => {
  expect(pythonProgram(snippet('"\n\\'))).toContain(String.raw`"text": "\"\n\\",`);
});

test.each([curlCommand, pythonProgram])("%o asks for the key by its variable where the server is guarded", (write) => {
  expect(write(snippet("好", true))).toContain("API_KEY");
  expect(write(snippet("好", false))).not.toContain("API_KEY");
});

test.each([curlCommand, pythonProgram])("%o holds neither NUL nor half a surrogate pair", (write) => {
  expect(write(snippet("a\0b\ud800c"))).toContain("ab\ufffdc");
});
