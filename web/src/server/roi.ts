/** What a server costs and earns. Money is in fen; a month has 30 days. */

import { getJson, withQuery } from "../lib/http";

export interface RoiPoint {
  readonly calls_per_day: number;
  readonly revenue_fen: number;
  /** With fees. */
  readonly cost_fen: number;
  readonly profit_fen: number;
}

export interface Roi {
  readonly machine: { readonly kind: "buy" | "rent"; readonly price_fen: number; readonly life_months: number | null; readonly monthly_fen: number };
  readonly speed: { readonly characters_per_second: number; readonly real_time_factor: number; readonly source: "given" | "measured" | "assumed" };
  readonly capacity: { readonly calls_per_day: number; readonly characters_per_day: number; readonly sustained_calls_per_day: number };
  readonly demand: {
    readonly calls_per_day: number;
    readonly served: number;
    readonly refused: number;
    readonly paid: number;
    readonly free: number;
    /** 1 is full in the busiest hour. */
    readonly peak_utilization: number;
  };
  /** Decimal, in fen. */
  readonly price_per_call: string;
  readonly cost_per_call: string | null;
  readonly month: {
    readonly revenue_fen: number;
    readonly fees_fen: number;
    readonly machine_fen: number;
    readonly electricity_fen: number;
    readonly other_fen: number;
    readonly cost_fen: number;
    readonly profit_fen: number;
  };
  readonly break_even: { readonly calls_per_day: number | null; readonly reachable: boolean; readonly day_of_month: number | null };
  readonly payback: { readonly months: number | null; readonly within_life: boolean };
  readonly series: readonly RoiPoint[];
  readonly findings: readonly { readonly code: string; readonly message: string; readonly message_en: string }[];
}

export const fetchRoi = (query: Readonly<Record<string, string>>, signal?: AbortSignal): Promise<Roi> =>
  getJson<Roi>(withQuery("/api/roi", query), signal);
