/** Revenue as a chart and as a table show it. */

import { daysBetween } from "../../lib/dates";
import type { Revenue } from "../../server/admin";
import type { DayRange } from "../../server/usage";
import type { ChartSeries } from "../../ui/stacking";

export interface RevenueDay {
  readonly day: string;
  readonly payments: number;
  readonly received: number;
  readonly refunded: number;
}

/** The days of reports are those of this zone, wherever the operator is. */
export const BOOKS_ZONE = "Asia/Shanghai";

/** Mineral pigments of the style sheet, one for each method of payment. */
const COLOURS = ["--vermilion", "--azurite", "--orpiment", "--malachite", "--amethyst", "--turquoise"];

/** What each method brought on every day of the range. */
export function seriesOf({ rows }: Revenue, { from, to }: DayRange): readonly ChartSeries[] {
  const methods = [...new Set(rows.map(({ method }) => method))].toSorted();
  const days = daysBetween(from, to);
  return methods.map((method, k) => ({
    name: method,
    colour: COLOURS[k % COLOURS.length] ?? "--vermilion",
    values: days.map((day) => rows.find((row) => row.day === day && row.method === method)?.received_fen ?? 0),
  }));
}

/** The days on which anything came or went back, the latest first. */
export function daysOf({ rows }: Revenue): readonly RevenueDay[] {
  const days = new Map<string, RevenueDay>();
  for (const row of rows) {
    const known = days.get(row.day) ?? { day: row.day, payments: 0, received: 0, refunded: 0 };
    days.set(row.day, {
      day: row.day,
      payments: known.payments + row.payments,
      received: known.received + row.received_fen,
      refunded: known.refunded + row.refunded_fen,
    });
  }
  return [...days.values()].toSorted((a, b) => b.day.localeCompare(a.day));
}
