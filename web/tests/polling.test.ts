import { expect, test } from "vitest";

import { ApiError } from "../src/lib/http";
import { interval, poll } from "../src/lib/polling";

/** Asks what is in a list, one after another; errors are thrown. */
function asking(answers: readonly (string | Error)[]): { ask: () => Promise<string>; asked: () => number } {
  let asked = 0;
  const ask = (): Promise<string> => {
    const answer = answers[asked];
    asked += 1;
    return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer ?? "never");
  };
  return { ask, asked: () => asked };
}

const at = (status: number): ApiError => new ApiError("不行", "no", { status });

test("it is asked until it is over, and each answer is told", async () => {
  const told: string[] = [];
  const { ask, asked } = asking(["pending", "pending", "paid", "later"]);
  await poll({ ask, isOver: (value) => value === "paid", tell: (value) => told.push(value), wait: () => Promise.resolve() });

  expect(told).toEqual(["pending", "pending", "paid"]);
  expect(asked()).toBe(3);
});

test.each([0, 429, 500, 503])("a failure with status %d is asked again", async (status) => {
  const { ask } = asking([at(status), "paid"]);
  const told: string[] = [];
  await poll({ ask, isOver: () => true, tell: (value) => told.push(value), wait: () => Promise.resolve() });

  expect(told).toEqual(["paid"]);
});

test.each([401, 404])("a failure with status %d ends it", async (status) => {
  const { ask, asked } = asking([at(status), "paid"]);

  await expect(poll({ ask, isOver: () => true, tell: () => undefined, wait: () => Promise.resolve() })).rejects.toMatchObject({ status });
  expect(asked()).toBe(1);
});

test("given up while it waits, it asks no more", async () => {
  const { ask, asked } = asking(["pending", "paid"]);
  const waits = [Promise.resolve(), Promise.reject(new DOMException("", "AbortError"))];
  const polling = poll({ ask, isOver: () => false, tell: () => undefined, wait: () => waits.shift() ?? Promise.resolve() });

  await expect(polling).rejects.toMatchObject({ name: "AbortError" });
  expect(asked()).toBe(1);
});

test("questions become seldom", () => {
  const waited = Array.from({ length: 200 }, (_, asked) => interval(asked));

  expect(waited).toEqual(waited.toSorted((a, b) => a - b));
  expect(waited[0]).toBeLessThanOrEqual(2000);
});
