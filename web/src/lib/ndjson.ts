/** Newline-delimited JSON, read from bytes that arrive in any pieces. */

/** Collects text until a line is whole. */
export class LineBuffer {
  #rest = "";

  /** The lines that `text` completes. */
  push(text: string): string[] {
    const lines = (this.#rest + text).split("\n");
    this.#rest = lines.pop() ?? "";
    return lines.filter((line) => line.trim() !== "");
  }

  /** The last line, if it did not end in a line break. */
  flush(): string[] {
    const line = this.#rest;
    this.#rest = "";
    return line.trim() === "" ? [] : [line];
  }
}

/** The values of a stream, one a line. Leaving the loop early cancels the stream. */
export async function* readJsonLines(body: ReadableStream<Uint8Array<ArrayBuffer>>): AsyncGenerator<unknown> {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  const buffer = new LineBuffer();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      const lines = done ? buffer.flush() : buffer.push(value);
      for (const line of lines) yield JSON.parse(line) as unknown;
      if (done) return;
    }
  } finally {
    await reader.cancel();
  }
}
