/** Text files as people have them: UTF-8, UTF-16 or GB18030, found out from the bytes. */

import { ApiError } from "./http";

/** Bytes of the largest file that is read: some 700,000 Chinese characters in UTF-8, a long novel. */
export const LARGEST_FILE = 2 * 1024 * 1024;

export type Unreadable = "too_large" | "not_text" | "unreachable";

const TEXT = { field: "text" };

const EXPLANATIONS: Record<Unreadable, ApiError> = {
  too_large: new ApiError("文件超过 2 MB，请拆成几个文件再导入。", "The file is larger than 2 MB. Split it first.", TEXT),
  not_text: new ApiError(
    "文件不是可识别的文本，请另存为 UTF-8 编码的 .txt 再导入。",
    "The file is not text in a known encoding. Save it as .txt in UTF-8.",
    TEXT,
  ),
  unreachable: new ApiError("浏览器读不到这个文件，请重新选择。", "The browser cannot read this file. Choose it again.", TEXT),
};

/** Why a file cannot be read. */
export class UnreadableFile extends Error {
  readonly reason: Unreadable;

  constructor(reason: Unreadable) {
    super(reason);
    this.reason = reason;
  }

  /** For the person, in both languages. */
  explained(): ApiError {
    return EXPLANATIONS[this.reason];
  }
}

/**
 * The text of a file, with line feeds between lines.
 *
 * @throws {UnreadableFile} too large, no text in any of the encodings, or a folder or a file that is gone.
 */
export async function readTextFile(file: Blob): Promise<string> {
  if (file.size > LARGEST_FILE) throw new UnreadableFile("too_large");
  const bytes = await file.arrayBuffer().catch((error: unknown) => {
    throw error instanceof DOMException ? new UnreadableFile("unreachable") : error;
  });
  return decodeText(new Uint8Array(bytes));
}

/** @throws {UnreadableFile} no text in any of the encodings. */
export function decodeText(bytes: Uint8Array): string {
  for (const encoding of encodingsOf(bytes)) {
    const text = decoded(bytes, encoding);
    if (text !== undefined && isText(text)) return text.replaceAll(/\r\n?/gu, "\n");
  }
  throw new UnreadableFile("not_text");
}

/** What the bytes may be, the likeliest first: a byte-order mark decides, then where the zero bytes lie. */
function encodingsOf(bytes: Uint8Array): readonly string[] {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return ["utf-16le"];
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return ["utf-16be"];
  const zeros = [0, 0]; // at even and at odd places
  bytes.forEach((byte, place) => {
    if (byte === 0) zeros[place % 2] = (zeros[place % 2] ?? 0) + 1;
  });
  const [even = 0, odd = 0] = zeros;
  if (even === 0 && odd === 0) return ["utf-8", "gb18030"];
  return even > odd ? ["utf-16be"] : ["utf-16le"]; // a line feed or a Latin letter has a zero byte before or after it
}

function decoded(bytes: Uint8Array, encoding: string): string | undefined {
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch (error) {
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}

/** Whether there is no control character other than those that space a text (tab, line and form feed, return). */
function isText(text: string): boolean {
  return !/[\x00-\x08\x0b\x0e-\x1f\x7f]/u.test(text);
}
