import { describe, expect, test } from "vitest";

import { decodePcm, Outline, Recording } from "../src/lib/recording";

describe("PCM in base64", () => {
  test("becomes signed little-endian samples", () => {
    expect([...decodePcm(btoa("\x01\x00\xff\xff\x00\x80"))]).toEqual([1, -1, -32_768]);
  });

  test("of nothing is no samples", () => {
    expect(decodePcm("")).toHaveLength(0);
  });
});

describe("a recording", () => {
  const samples = Int16Array.from({ length: 100 }, (_, k) => k * 300 - 15_000);

  function recordedIn(sizes: number[]): Recording {
    const recording = new Recording(24_000);
    let start = 0;
    for (const size of sizes) recording.append(samples.slice(start, (start += size)));
    return recording;
  }

  test("lasts as long as its samples", () => {
    expect(recordedIn([60, 40]).duration).toBeCloseTo(100 / 24_000);
  });

  test.each([[[100]], [[1, 98, 1]], [[33, 0, 33, 34]]])("reads the same however it came (%j)", (sizes) => {
    const recording = recordedIn(sizes);

    for (const [start, end] of [[0, 100], [30, 70], [99, 100], [50, 50]] as const) {
      expect([...recording.read(start, end)]).toEqual([...samples.slice(start, end)].map((sample) => sample / 32_768));
    }
  });
});

describe("an outline", () => {
  test("keeps the loudest sample of each stretch, whatever its sign", () => {
    const outline = new Outline(2);
    outline.append(Int16Array.of(1, -16_384, 8192, 0));

    expect([...outline.bins(10)]).toEqual([0.5, 0.25]);
  });

  test("is the same however the samples came", () => {
    const outline = new Outline(3);
    for (const sample of [100, 900, 200, 50, 7]) outline.append(Int16Array.of(sample));

    expect([...outline.bins(10)]).toEqual([900 / 32_768, 50 / 32_768].map(Math.fround));
  });

  test("of a long recording is no wider than asked, and keeps loud parts apart from soft ones", () => {
    const outline = new Outline(1);
    outline.append(Int16Array.from({ length: 1000 }, (_, k) => (k < 500 ? 8192 : 16_384)));

    expect([...outline.bins(4)]).toEqual([0.25, 0.25, 0.5, 0.5]);
  });
});
