import { describe, expect, test } from "vitest";

import { decodeText, LARGEST_FILE, readTextFile, UnreadableFile } from "../src/lib/textfile";

const TEXT = "你好，世界。\nHello";
const utf8 = new TextEncoder().encode(TEXT);
const gbk = Uint8Array.from([0xc4, 0xe3, 0xba, 0xc3, 0xa3, 0xac, 0xca, 0xc0, 0xbd, 0xe7, 0xa1, 0xa3, 0x0a, ...new TextEncoder().encode("Hello")]);

function utf16(text: string, littleEndian: boolean): Uint8Array {
  const view = new DataView(new ArrayBuffer(text.length * 2));
  for (let k = 0; k < text.length; k += 1) view.setUint16(k * 2, text.charCodeAt(k), littleEndian);
  return new Uint8Array(view.buffer);
}

describe("the same text is read from", () => {
  test.each([
    ["UTF-8", utf8],
    ["UTF-8 with a mark", Uint8Array.from([0xef, 0xbb, 0xbf, ...utf8])],
    ["UTF-16LE with a mark", Uint8Array.from([0xff, 0xfe, ...utf16(TEXT, true)])],
    ["UTF-16BE with a mark", Uint8Array.from([0xfe, 0xff, ...utf16(TEXT, false)])],
    ["UTF-16LE without a mark", utf16(TEXT, true)],
    ["UTF-16BE without a mark", utf16(TEXT, false)],
    ["GBK", gbk],
  ])("%s", (_, bytes) => {
    expect(decodeText(bytes)).toBe(TEXT);
  });
});

test("four bytes of GB18030 are one character", () => {
  expect(decodeText(Uint8Array.from([0x95, 0x32, 0x82, 0x36]))).toBe("𠀀");
});

test("every kind of line end becomes a line feed", () => {
  expect(decodeText(new TextEncoder().encode("一\r\n二\r三\n四"))).toBe("一\n二\n三\n四");
});

test("an empty file is an empty text", () => {
  expect(decodeText(new Uint8Array())).toBe("");
});

test.each([
  ["a picture", [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 0x0d, 0x49, 0x48, 0x44, 0x52]],
  ["an archive", [0x50, 0x4b, 0x03, 0x04, 0x14, 0x00, 0x06, 0x00, 0x08, 0x00]],
  ["half a character of GBK", [0xc4, 0xe3, 0xba]],
  ["half a character of UTF-16", [0xff, 0xfe, 0x60]],
])("%s is refused as no text", (_, bytes) => {
  expect(() => decodeText(Uint8Array.from(bytes))).toThrow(expect.objectContaining({ reason: "not_text" }));
});

test("a file beyond the bound is refused before it is read", async () => {
  const file = new Blob([new Uint8Array(LARGEST_FILE + 1)]);

  await expect(readTextFile(file)).rejects.toMatchObject({ reason: "too_large" });
});

test("a file at the bound is read whole", async () => {
  const text = await readTextFile(new Blob(["好".repeat(Math.floor(LARGEST_FILE / 3))]));

  expect(text.length).toBe(Math.floor(LARGEST_FILE / 3));
});

test("a refusal is told in both languages", () => {
  expect(new UnreadableFile("too_large").explained()).toMatchObject({ message: /2 MB/u, english: /2 MB/u });
});
