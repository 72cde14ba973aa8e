import { expect, test } from "vitest";

import { barsOf, namedRows, type Report } from "../src/usage/rows";

const names = { browser: "网页", others: "其他" };
const none = { calls: 0, characters: 0, seconds: 0 };

function usage(group: string, rows: Report["rows"]): Report {
  return { from: "2026-11-20", to: "2026-11-22", group, rows, totals: none };
}

test("days without use are there too", () => {
  const rows = namedRows(usage("day", [{ day: "2026-11-21", calls: 3, characters: 30, seconds: 7.5 }]), names);

  expect(rows.map(({ name, calls }) => [name, calls])).toEqual([["2026-11-20", 0], ["2026-11-21", 3], ["2026-11-22", 0]]);
  expect(barsOf(rows, "calls", "day", names, "zh")).toEqual({ names: ["11月20日", "11月21日", "11月22日"], values: [0, 3, 0] });
});

test("what came without a key came from the web page", () => {
  const rows = namedRows(usage("key", [{ ...none, key_id: null, key_name: null }, { ...none, key_id: "key_1", key_name: "机器人" }]), names);

  expect(rows.map(({ name }) => name)).toEqual(["网页", "机器人"]);
});

test("of many keys the largest are shown and the others are one", () => {
  const rows = namedRows(usage("voice", Array.from({ length: 12 }, (_, k) => ({ ...none, voice: `v${String(k)}`, calls: k }))), names);
  const bars = barsOf(rows, "calls", "voice", names, "zh");

  expect(bars.names).toEqual(["v11", "v10", "v9", "v8", "v7", "v6", "v5", "v4", "v3", "其他"]);
  expect(bars.values.at(-1)).toBe(0 + 1 + 2);
});
