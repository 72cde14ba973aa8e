/** What can be set in the calculator: range of each slider, what the server is asked, what the address keeps. */

export type Kind = "rent" | "buy";

export interface Field {
  /** As the server knows it. */
  readonly name: string;
  /** Of the slider, in the unit that a person reads. A number that is written may be larger. */
  readonly min: number;
  readonly max: number;
  readonly usual: number;
  /** How much finer the slider is at its beginning: 1 even, 3 a thousandth of the range in its first tenth. */
  readonly power: number;
  /** Decimals that count. */
  readonly decimals: number;
  /** What the server counts for one of the person's: fen for a yuan, shares for a percent. */
  readonly factor: number;
  /** Only asked for such a machine. */
  readonly kind?: Kind;
}

const yuan = { decimals: 2, factor: 100, power: 2 };
const count = { decimals: 0, factor: 1 };
const percent = { decimals: 1, factor: 0.01, power: 1 };

export const FIELDS = {
  rent: { name: "rent_fen", min: 0, max: 20_000, usual: 800, ...yuan, kind: "rent" },
  buy: { name: "buy_fen", min: 1000, max: 500_000, usual: 20_000, ...yuan, power: 3, kind: "buy" },
  life: { name: "life_months", min: 1, max: 120, usual: 36, ...count, power: 1, kind: "buy" },
  watts: { name: "power_watts", min: 0, max: 2000, usual: 100, ...count, power: 2, kind: "buy" },
  electricity: { name: "electricity_fen", min: 0, max: 2, usual: 0.6, ...yuan, decimals: 4, power: 1, kind: "buy" },
  other: { name: "other_fen", min: 0, max: 20_000, usual: 0, ...yuan },
  price: { name: "price_fen", min: 0, max: 200, usual: 9.9, ...yuan },
  calls: { name: "price_calls", min: 1, max: 10_000, usual: 1000, ...count, power: 3 },
  demand: { name: "calls_per_day", min: 0, max: 1_000_000, usual: 1000, ...count, power: 5 },
  length: { name: "characters_per_call", min: 1, max: 2000, usual: 100, ...count, power: 2 },
  free: { name: "free_share", min: 0, max: 100, usual: 0, ...percent },
  peak: { name: "peak_factor", min: 1, max: 20, usual: 3, decimals: 1, factor: 1, power: 1 },
  used: { name: "used_share", min: 1, max: 100, usual: 100, ...percent },
  fee: { name: "fee_share", min: 0, max: 10, usual: 0.6, ...percent, decimals: 2 },
} as const satisfies Record<string, Field>;

export type Name = keyof typeof FIELDS;

export type Values = Record<Name, number>;

const NAMES = Object.keys(FIELDS) as Name[];
const STEPS = 1000; // of a slider
const SIGNIFICANT = 2; // digits that a slider chooses

export { STEPS as SLIDER_STEPS };

export function usualValues(): Values {
  return Object.fromEntries(NAMES.map((name) => [name, FIELDS[name].usual])) as Values;
}

/** Where the slider stands for a value: 0…1000. */
export function positionOf({ min, max, power }: Field, value: number): number {
  const share = Math.max(0, Math.min(1, (value - min) / (max - min)));
  return Math.round(STEPS * share ** (1 / power));
}

/** The value of a slider's place, in round numbers. */
export function valueAt(field: Field, position: number): number {
  const { min, max, power } = field;
  const exact = min + (max - min) * (position / STEPS) ** power;
  if (position >= STEPS) return max;
  return Math.max(min, rounded(field, power === 1 ? exact : Number(exact.toPrecision(SIGNIFICANT))));
}

/** A number that a person wrote; undefined for what the server would refuse for sure. */
export function parsed(field: Field, text: string): number | undefined {
  const value = Number(text.trim().replaceAll(",", ""));
  if (text.trim() === "" || !Number.isFinite(value) || value < field.min) return undefined;
  if (field.factor === percent.factor && value > field.max) return undefined;
  return rounded(field, value);
}

/** What the server is asked. */
export function queryOf(kind: Kind, values: Values): Record<string, string> {
  const asked = NAMES.filter((name) => {
    const field: Field = FIELDS[name];
    return field.kind === undefined || field.kind === kind;
  });
  return Object.fromEntries(asked.map((name) => [FIELDS[name].name, written(FIELDS[name], values[name])]));
}

/** What the address keeps: only what is not usual. */
export function addressOf(kind: Kind, values: Values): string {
  const changed = NAMES.filter((name) => values[name] !== FIELDS[name].usual).map((name) => [name, String(values[name])]);
  return new URLSearchParams([...(kind === "buy" ? [["machine", kind]] : []), ...changed]).toString();
}

/** What an address has kept; nonsense in it counts as usual. */
export function readAddress(search: string): { kind: Kind; values: Values } {
  const query = new URLSearchParams(search);
  const values = usualValues();
  for (const name of NAMES) values[name] = parsed(FIELDS[name], query.get(name) ?? "") ?? values[name];
  return { kind: query.get("machine") === "buy" ? "buy" : "rent", values };
}

/** Without the dust of binary fractions. */
function written({ factor, decimals }: Field, value: number): string {
  const places = factor === 100 ? Math.max(0, decimals - 2) : factor < 1 ? decimals + 2 : decimals;
  return String(Number((value * factor).toFixed(places)));
}

function rounded({ decimals }: Field, value: number): number {
  return Number(value.toFixed(decimals));
}
