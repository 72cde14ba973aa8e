/** What an account has used. */

import { getJson, withQuery } from "../lib/http";

export const GROUPS = ["day", "key", "voice"] as const;

export type Group = (typeof GROUPS)[number];

export interface Amounts {
  readonly calls: number;
  readonly characters: number;
  readonly seconds: number;
}

export interface UsageRow extends Amounts {
  readonly day?: string;
  readonly key_id?: string | null;
  readonly key_name?: string | null;
  readonly voice?: string;
}

export interface Usage {
  readonly zone: string;
  readonly from: string;
  readonly to: string;
  readonly group: Group;
  readonly rows: readonly UsageRow[];
  readonly totals: Amounts;
}

/** First and last day, `YYYY-MM-DD`, in the zone of the account. */
export interface DayRange {
  readonly from: string;
  readonly to: string;
}

export const fetchUsage = (range: DayRange, group: Group, signal?: AbortSignal): Promise<Usage> =>
  getJson<Usage>(withQuery("/api/usage", { ...range, group }), signal);
