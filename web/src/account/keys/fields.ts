/** What a person chooses for a key, as the form holds it and as the server takes it. */

import { addDays, dayIn, endOfDay } from "../../lib/dates";
import type { Faults } from "../../lib/form.svelte";
import { missing } from "../../lib/validation";
import type { ApiKey, KeyFields, Scope } from "../../server/keys";
import { keyWords } from "../words/keys";

export const EXPIRIES = ["never", "month", "quarter", "year", "day"] as const;

export type Expiry = (typeof EXPIRIES)[number];

export interface Draft {
  name: string;
  scopes: Scope[];
  expiry: Expiry;
  /** `YYYY-MM-DD`, for an expiry on a day. */
  day: string;
  /** One a line. */
  addresses: string;
  rate: string;
  concurrency: string;
}

const TERMS = { month: 30, quarter: 90, year: 365 } as const; // days
const RATE = /^\d{1,9}\s*(\/|per)\s*(\d{1,4}\s*)?(second|minute|hour|day|month)s?$/iu;
const WHOLE = /^[1-9]\d{0,5}$/u;

export function draftOf(key: ApiKey | undefined, zone: string): Draft {
  if (key === undefined) return { name: "", scopes: ["speech"], expiry: "never", day: "", addresses: "", rate: "", concurrency: "" };
  return {
    name: key.name,
    scopes: [...key.scopes],
    expiry: key.expires_at === null ? "never" : "day",
    day: key.expires_at === null ? "" : dayIn(zone, new Date(key.expires_at)),
    addresses: key.addresses.join("\n"),
    rate: key.rate,
    concurrency: key.concurrency === 0 ? "" : String(key.concurrency),
  };
}

/** @param today in the zone of the account. */
export function faultsOf(draft: Draft, today: string): Faults {
  const { zh, en } = keyWords;
  return {
    name: missing(draft.name),
    scopes: draft.scopes.length === 0 ? { zh: zh.scopesMissing, en: en.scopesMissing } : undefined,
    expires_at: draft.expiry === "day" && !(draft.day >= today) ? { zh: zh.dayFault, en: en.dayFault } : undefined,
    rate: draft.rate.trim() === "" || RATE.test(draft.rate.trim()) ? undefined : { zh: zh.rateFault, en: en.rateFault },
    concurrency:
      draft.concurrency.trim() === "" || WHOLE.test(draft.concurrency.trim()) ? undefined : { zh: zh.concurrencyFault, en: en.concurrencyFault },
  };
}

export function fieldsOf(draft: Draft, zone: string, today: string): KeyFields {
  return {
    name: draft.name.trim(),
    scopes: draft.scopes,
    expires_at: expiresAt(draft, zone, today),
    addresses: draft.addresses.split(/[\s,，]+/u).filter((address) => address !== ""),
    rate: draft.rate.trim(),
    concurrency: Number(draft.concurrency.trim()),
  };
}

/** The end of the last day, by the clock of the account. */
function expiresAt({ expiry, day }: Draft, zone: string, today: string): string | null {
  if (expiry === "never") return null;
  return endOfDay(zone, expiry === "day" ? day : addDays(today, TERMS[expiry]));
}
