import { expect, test } from "vitest";

import { draftOf, faultsOf, fieldsOf, type Draft } from "../src/account/keys/fields";
import { curlExample } from "../src/account/keys/example";
import type { ApiKey } from "../src/server/keys";

const ZONE = "Asia/Shanghai";
const TODAY = "2026-11-22";

const KEY: ApiKey = {
  id: "key_1",
  name: "机器人",
  prefix: "hs_abc",
  scopes: ["speech", "usage"],
  expires_at: "2026-12-31T15:59:59Z",
  addresses: ["203.0.113.7", "10.0.0.0/8"],
  rate: "60/minute",
  concurrency: 3,
  created_at: "2026-11-01T00:00:00Z",
  last_used_at: null,
  revoked_at: null,
};

function draft(changes: Partial<Draft> = {}): Draft {
  return { ...draftOf(undefined, ZONE), name: "机器人", ...changes };
}

function faulty(changes: Partial<Draft>): string[] {
  return Object.entries(faultsOf(draft(changes), TODAY)).flatMap(([name, fault]) => (fault === undefined ? [] : [name]));
}

test("a new key may speak, for ever and from everywhere", () => {
  expect(fieldsOf(draft(), ZONE, TODAY)).toEqual({ name: "机器人", scopes: ["speech"], expires_at: null, addresses: [], rate: "", concurrency: 0 });
});

test("a key that is only looked at stays as it is", () => {
  const { name, scopes, expires_at, addresses, rate, concurrency } = KEY;

  expect(fieldsOf(draftOf(KEY, ZONE), ZONE, TODAY)).toEqual({ name, scopes, expires_at, addresses, rate, concurrency });
});

test.each([
  ["month", "2026-12-22T15:59:59Z"],
  ["year", "2027-11-22T15:59:59Z"],
] as const)("a key for a %s ends with its last day by the clock of the account", (expiry, end) => {
  expect(fieldsOf(draft({ expiry }), ZONE, TODAY).expires_at).toBe(end);
});

test("addresses stand on lines or between commas", () => {
  expect(fieldsOf(draft({ addresses: " 203.0.113.7\n\n10.0.0.0/8, ::1，fe80::/10" }), ZONE, TODAY).addresses).toEqual([
    "203.0.113.7",
    "10.0.0.0/8",
    "::1",
    "fe80::/10",
  ]);
});

test.each([
  [{}, []],
  [{ name: " " }, ["name"]],
  [{ scopes: [] }, ["scopes"]],
  [{ expiry: "day", day: "" }, ["expires_at"]],
  [{ expiry: "day", day: "2026-11-21" }, ["expires_at"]],
  [{ expiry: "day", day: TODAY }, []],
  [{ rate: "60" }, ["rate"]],
  [{ rate: "60/minute" }, []],
  [{ rate: "5 per 10 seconds" }, []],
  [{ concurrency: "0" }, ["concurrency"]],
  [{ concurrency: "1.5" }, ["concurrency"]],
] as [Partial<Draft>, string[]][])("%j: %j", (changes, fields) => {
  expect(faulty(changes)).toEqual(fields);
});

test("an example holds the key only where it was just made", () => {
  expect(curlExample("https://tts.example.com")).not.toContain("hs_");
  expect(curlExample("https://tts.example.com", "hs_secret")).toContain("Bearer hs_secret");
});
