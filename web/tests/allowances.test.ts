import { expect, test } from "vitest";

import { leftOf, warningOf, type Left } from "../src/account/overview/allowances";
import type { Balance, Grant } from "../src/server/account";

const ZONE = "Asia/Shanghai";
const NOW = new Date("2026-11-22T10:00:00Z"); // 18:00 there
const MIDNIGHT = "2026-11-22T16:00:00Z";

function grant(source: string, amount: number, remaining: number, end: string | null): Grant {
  return { id: source, source, amount, remaining, starts_at: "2026-11-01T00:00:00Z", expires_at: end };
}

function balance(...grants: readonly Grant[]): Balance {
  return { meter: "calls", remaining: grants.reduce((sum, each) => sum + each.remaining, 0), reserved: 1, grants };
}

test("what ends at midnight by the clock of the account is of today", () => {
  const [left] = leftOf([balance(grant("free", 10, 7, MIDNIGHT), grant("pack", 1000, 900, "2027-11-22T16:00:00Z"))], ZONE, NOW);

  expect(left).toEqual({ meter: "calls", today: { remaining: 7, amount: 10 }, remaining: 907, amount: 1010, reserved: 1 });
});

test("what is over counts no more", () => {
  const [left] = leftOf([balance(grant("free", 10, 0, "2026-11-22T09:00:00Z"), grant("gift", 5, 5, null))], ZONE, NOW);

  expect(left?.amount).toBe(5);
  expect(left?.today).toBeUndefined();
});

function left(remaining: number, amount: number): Left {
  return { meter: "calls", today: undefined, remaining, amount, reserved: 0 };
}

test.each([
  [[], "exhausted"],
  [[left(0, 10)], "exhausted"],
  [[left(1, 10)], "nearly"],
  [[left(2, 10)], undefined],
  [[left(0, 10), left(500, 500)], undefined],
])("%j warns of %s", (meters, warning) => {
  expect(warningOf(meters)).toBe(warning);
});
