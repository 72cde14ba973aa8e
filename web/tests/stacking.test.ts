import { expect, test } from "vitest";

import { stacked } from "../src/ui/stacking";

test("series stand on each other, the highest is drawn first", () => {
  const series = [
    { name: "a", values: [1, 2], colour: "--a" },
    { name: "b", values: [10, 0], colour: "--b" },
  ];

  expect(stacked(series).map(({ name, values }) => [name, values])).toEqual([["b", [11, 2]], ["a", [1, 2]]]);
});
