import { expect, test } from "vitest";

import { checksOf } from "../src/admin/health";
import { daysOf, seriesOf } from "../src/admin/reports/revenue";
import type { Health } from "../src/server/admin";

const WELL: Health = {
  version: "0.1.0",
  database: { kind: "sqlite", revision: "0001", latency_ms: 0.8 },
  mail: { configured: true, waiting: 0, abandoned: 0, oldest: null },
  payments: ["wechat"],
  books: { proved_at: "2026-11-22T10:00:00Z", is_right: true, journals: 12, faults: 0 },
  instances: [{ id: "a", started_at: "2026-11-22T10:00:00Z", is_live: true }],
  license: { state: "none", required: false, messages: [] },
};

const WRONG = { proved_at: "2026-11-22T10:00:00Z", is_right: false, journals: 12, faults: 1 };

function states(changes: Partial<Health>): string[] {
  return checksOf({ ...WELL, ...changes }, "zh", "Asia/Shanghai", String).map(({ name, state }) => `${name} ${state}`);
}

test.each([
  [{}, ["database ok", "mail ok", "payments ok", "books ok", "instances ok", "license off"]],
  [{ database: { ...WELL.database, latency_ms: 400 } }, ["database warning", "mail ok", "payments ok", "books ok", "instances ok", "license off"]],
  [{ mail: { ...WELL.mail, configured: false } }, ["database ok", "mail off", "payments ok", "books ok", "instances ok", "license off"]],
  [{ mail: { ...WELL.mail, abandoned: 2 } }, ["database ok", "mail warning", "payments ok", "books ok", "instances ok", "license off"]],
  [{ license: { ...WELL.license, state: "grace" } }, ["database ok", "mail ok", "payments ok", "books ok", "instances ok", "license warning"]],
  [{ license: { ...WELL.license, state: "tampered" } }, ["database ok", "mail ok", "payments ok", "books ok", "instances ok", "license failed"]],
  [{ payments: [] }, ["database ok", "mail ok", "payments off", "books ok", "instances ok", "license off"]],
  [{ books: null }, ["database ok", "mail ok", "payments ok", "books warning", "instances ok", "license off"]],
  [{ books: WRONG }, ["database ok", "mail ok", "payments ok", "books failed", "instances ok", "license off"]],
])("with %j it is %j", (changes, told) => {
  expect(states(changes)).toEqual(told);
});

test("mail that waits is told by the clock of the account", () => {
  const mail = { configured: true, waiting: 3, abandoned: 0, oldest: "2026-11-22T16:05:00Z" };

  expect(checksOf({ ...WELL, mail }, "zh", "Asia/Shanghai", String)[1]?.detail).toContain("2026-11-23 00:05");
});

const ROWS = [
  { day: "2026-11-20", method: "wechat", payments: 2, received_fen: 1980, refunds: 0, refunded_fen: 0 },
  { day: "2026-11-22", method: "alipay", payments: 1, received_fen: 990, refunds: 1, refunded_fen: 100 },
  { day: "2026-11-22", method: "wechat", payments: 1, received_fen: 990, refunds: 0, refunded_fen: 0 },
];

test("each method has its own bars, on days without payment too", () => {
  const series = seriesOf({ zone: "Asia/Shanghai", rows: ROWS }, { from: "2026-11-20", to: "2026-11-22" });

  expect(series.map(({ name, values }) => [name, values])).toEqual([["alipay", [0, 0, 990]], ["wechat", [1980, 0, 990]]]);
});

test("a day is the sum of its methods, the latest first", () => {
  expect(daysOf({ zone: "Asia/Shanghai", rows: ROWS })).toEqual([
    { day: "2026-11-22", payments: 2, received: 1980, refunded: 100 },
    { day: "2026-11-20", payments: 2, received: 1980, refunded: 0 },
  ]);
});
