import { describe, expect, test } from "vitest";

import { readJsonLines } from "../src/lib/ndjson";

const values = [{ 文: "你好😀" }, { n: 1 }, { last: true }];
const bytes = new TextEncoder().encode(values.map((value) => JSON.stringify(value)).join("\n"));

function streamOf(pieces: Uint8Array<ArrayBuffer>[], onCancel = (): void => undefined): ReadableStream<Uint8Array<ArrayBuffer>> {
  return new ReadableStream({
    pull(controller) {
      const piece = pieces.shift();
      if (piece === undefined) controller.close();
      else controller.enqueue(piece);
    },
    cancel: onCancel,
  });
}

function cut(size: number): Uint8Array<ArrayBuffer>[] {
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  for (let k = 0; k < bytes.length; k += size) pieces.push(bytes.slice(k, k + size));
  return pieces;
}

async function collect(lines: AsyncGenerator<unknown>): Promise<unknown[]> {
  const collected: unknown[] = [];
  for await (const line of lines) collected.push(line);
  return collected;
}

describe("JSON lines", () => {
  test.each([1, 2, 3, 7, 1000])("are the same however the bytes are cut (%i)", async (size) => {
    expect(await collect(readJsonLines(streamOf(cut(size))))).toEqual(values);
  });

  test("may have empty lines between them", async () => {
    const stream = streamOf([new TextEncoder().encode('\n{"a":1}\r\n\n{"b":2}\n')]);

    expect(await collect(readJsonLines(stream))).toEqual([{ a: 1 }, { b: 2 }]);
  });

  test("that are no JSON throw", async () => {
    const stream = streamOf([new TextEncoder().encode("<html>\n")]);

    await expect(collect(readJsonLines(stream))).rejects.toThrow(SyntaxError);
  });

  test("cancel the stream when the reader leaves early", async () => {
    let cancelled = false;
    const stream = streamOf(cut(8), () => (cancelled = true));

    for await (const _ of readJsonLines(stream)) break;

    expect(cancelled).toBe(true);
  });
});
