/** What is left of the allowances of an account, and when to warn. */

import { dayIn } from "../../lib/dates";
import type { Balance, CurrentPlan, Grant, Meter } from "../../server/account";

const NEARLY = 0.1; // share of the whole

export interface Left {
  readonly meter: Meter;
  /** Of grants that end with this day; undefined without any. */
  readonly today: { readonly remaining: number; readonly amount: number } | undefined;
  readonly remaining: number;
  /** Of all live grants, used or not. */
  readonly amount: number;
  readonly reserved: number;
}

export type Warning = "exhausted" | "nearly" | undefined;

/** Per meter, the grants of the day by the clock of a zone. */
export function leftOf(balances: readonly Balance[], zone: string, now: Date): readonly Left[] {
  const today = dayIn(zone, now);
  return balances.map(({ meter, remaining, reserved, grants }) => {
    const live = grants.filter(({ expires_at: end }) => end === null || Date.parse(end) > now.getTime());
    const daily = live.filter((grant) => endsOn(grant, zone, today));
    return {
      meter,
      today: daily.length === 0 ? undefined : { remaining: sum(daily, "remaining"), amount: sum(daily, "amount") },
      remaining,
      amount: sum(live, "amount"),
      reserved,
    };
  });
}

/** Nothing left in any meter, or little of all that was there. */
export function warningOf(left: readonly Left[]): Warning {
  if (left.every(({ remaining }) => remaining <= 0)) return "exhausted";
  return left.every(({ remaining, amount }) => remaining <= amount * NEARLY) ? "nearly" : undefined;
}

/** Whether a renewal was not paid. */
export function isPastDue({ status }: CurrentPlan): boolean {
  return status === "past_due" || status === "grace";
}

/** Whether a grant ends with a day, at midnight by the clock of a zone. */
export function endsOn(grant: Grant, zone: string, day: string): boolean {
  return grant.expires_at !== null && dayIn(zone, new Date(Date.parse(grant.expires_at) - 1)) === day;
}

function sum(grants: readonly Grant[], field: "amount" | "remaining"): number {
  return grants.reduce((total, grant) => total + grant[field], 0);
}
