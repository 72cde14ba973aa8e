import { expect, test } from "vitest";

import { meanScore, signTest, student95, wilson } from "../src/listening/statistics";

const Z = 1.959963984540054;

/** The roots of (share − x)² = z² x (1 − x) / n: Wilson's interval by another way than the page's. */
function roots(wins: number, votes: number): [number, number] {
  const [a, b, c] = [votes + Z * Z, -(2 * wins + Z * Z), (wins * wins) / votes];
  const root = Math.sqrt(b * b - 4 * a * c);
  return [(-b - root) / (2 * a), (-b + root) / (2 * a)];
}

function choose(n: number, k: number): number {
  let product = 1;
  for (let factor = 1; factor <= k; factor += 1) product = (product * (n - k + factor)) / factor;
  return product;
}

/** Share of Student's t within ±`limit`, by Simpson's rule on the density. */
function within(limit: number, freedom: number): number {
  const steps = 2000;
  const width = limit / steps;
  const density = (t: number): number => (1 + t ** 2 / freedom) ** (-(freedom + 1) / 2);
  let [sum, whole] = [0, 0];
  for (let k = 0; k <= steps; k += 1) sum += (k === 0 || k === steps ? 1 : k % 2 === 1 ? 4 : 2) * density(k * width);
  // the integral over all t, with t = tan(x) and no bounds to choose
  for (let k = 0; k < steps; k += 1) {
    const x = ((k + 0.5) / steps) * (Math.PI / 2);
    whole += density(Math.tan(x)) / Math.cos(x) ** 2;
  }
  return ((sum * width) / 3 / whole / (Math.PI / 2)) * steps;
}

test.each([1, 2, 7, 8, 40, 100])("the interval of a share of %i votes is Wilson's", (votes) => {
  for (const wins of new Set([0, 1, Math.floor(votes / 2), votes])) {
    const found = wilson(wins, votes);
    const [low, high] = roots(wins, votes);
    expect(found?.low).toBeCloseTo(low, 9);
    expect(found?.high).toBeCloseTo(high, 9);
  }
});

test("no vote has no share", () => {
  expect(wilson(0, 0)).toBeNull();
});

test("the sign test is the exact one", () => {
  for (const wins of [0, 1, 3, 8, 60]) {
    for (const losses of [0, 1, 4, 8, 40]) {
      const tosses = wins + losses;
      let tail = 0;
      for (let heads = 0; heads <= Math.min(wins, losses); heads += 1) tail += choose(tosses, heads);
      const expected = Math.min(1, (2 * tail) / 2 ** tosses);
      expect(signTest(wins, losses) / expected).toBeCloseTo(1, 9);
    }
  }
});

test.each([1, 2, 3, 4, 7, 30, 99])("95%% of Student's t with %i degrees of freedom lie within the width", (freedom) => {
  expect(within(student95(freedom), freedom)).toBeCloseTo(0.95, 5);
});

test("the width for one degree of freedom is that of the tables", () => {
  expect(student95(1)).toBeCloseTo(12.7062, 4);
});

test("the interval of a mean ends where the scale ends", () => {
  const found = meanScore([5, 5, 5, 4]);

  expect(found?.mean).toBe(4.75);
  expect(found?.high).toBe(5);
  expect(found?.low).toBeCloseTo(4.75 - (student95(3) * 0.5) / 2, 6);
});

test("a single score has no interval", () => {
  expect(meanScore([4])).toEqual({ count: 1, mean: 4, deviation: null, low: null, high: null });
});
