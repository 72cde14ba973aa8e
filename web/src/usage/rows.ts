/** Usage as a chart and as a table show it. */

import { daysBetween, shortDay } from "../lib/dates";
import type { Language } from "../lib/languages";
import type { Meter } from "../server/account";
import type { Amounts } from "../server/usage";

const MOST_BARS = 10; // of keys or voices; the rest is one bar

export interface NamedRow extends Amounts {
  readonly name: string;
}

interface Names {
  /** What requests without a key came from. */
  readonly browser: string;
  readonly others: string;
}

/** Usage of an account, or of all; `day`, `key` and `voice` as the account's page asks, `key` and `name` as the operator's. */
export interface Report {
  readonly from: string;
  readonly to: string;
  readonly group: string;
  readonly rows: readonly ReportRow[];
  readonly totals: Amounts;
}

interface ReportRow extends Amounts {
  readonly day?: string;
  readonly voice?: string;
  readonly key_id?: string | null;
  readonly key_name?: string | null;
  readonly key?: string;
  readonly name?: string | null;
}

/** The rows with their names, in the order of the server; of days, those without use too. */
export function namedRows({ group, rows, from, to }: Report, names: Names): readonly NamedRow[] {
  if (group !== "day") return rows.map((row) => ({ ...row, name: nameOf(row, names) }));
  const known = new Map(rows.map((row) => [row.day ?? row.key, row]));
  return daysBetween(from, to).map((day) => ({ calls: 0, characters: 0, seconds: 0, ...known.get(day), name: day }));
}

/** What the bars are: every day, or the largest of the keys and voices. */
export function barsOf(rows: readonly NamedRow[], meter: Meter, group: string, names: Names, language: Language): { names: string[]; values: number[] } {
  if (group === "day") return { names: rows.map(({ name }) => shortDay(name, language)), values: rows.map((row) => row[meter]) };
  const sorted = rows.toSorted((a, b) => b[meter] - a[meter]);
  const [shown, rest] = sorted.length > MOST_BARS ? [sorted.slice(0, MOST_BARS - 1), sorted.slice(MOST_BARS - 1)] : [sorted, []];
  const more = rest.length === 0 ? [] : [rest.reduce((sum, row) => sum + row[meter], 0)];
  return {
    names: [...shown.map(({ name }) => name), ...more.map(() => names.others)],
    values: [...shown.map((row) => row[meter]), ...more],
  };
}

function nameOf(row: ReportRow, { browser }: Names): string {
  return row.voice ?? row.key_name ?? row.key_id ?? (row.name || row.key) ?? browser;
}
