import { expect, test } from "vitest";

import { MOST_BYTES, MOST_TAKES, openArchive, withinBounds } from "../src/lib/archive";

const takes = (...sizes: number[]): { bytes: number }[] => sizes.map((bytes) => ({ bytes }));

test("no more takes are kept than the bound", () => {
  expect(withinBounds(takes(...Array<number>(MOST_TAKES + 5).fill(1)))).toHaveLength(MOST_TAKES);
});

test("the newest takes that fit together are kept", () => {
  const half = MOST_BYTES / 2;

  expect(withinBounds(takes(half, half, 1, 1))).toEqual(takes(half, half));
});

test("the newest take is kept whatever its size", () => {
  expect(withinBounds(takes(MOST_BYTES + 1, 1))).toEqual(takes(MOST_BYTES + 1));
});

test("without IndexedDB there is no archive, and no error", async () => {
  expect(await openArchive()).toBeUndefined();
});
