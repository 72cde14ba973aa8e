/** The account that a person works in, as `GET /api/account` tells it. Times are ISO 8601 in UTC. */

import type { Acting } from "../lib/audit";
import { getJson, sendJson } from "../lib/http";

export type Role = "owner" | "admin" | "member" | "billing";
export type Meter = "calls" | "characters" | "seconds";
export type AccountKind = "personal" | "organization";
export type SubscriptionStatus = "active" | "past_due" | "grace" | "cancelled" | "ended";

export interface User {
  readonly id: string;
  readonly email: string;
  readonly name: string;
  readonly locale: string;
  readonly is_operator: boolean;
  readonly has_password: boolean;
}

export interface Account {
  readonly id: string;
  readonly name: string;
  readonly kind: AccountKind;
  /** Of IANA, such as `Asia/Shanghai`: its days and months count. */
  readonly zone: string;
  readonly created_at: string;
  readonly suspended: boolean;
}

export interface Membership {
  readonly id: string;
  readonly name: string;
  readonly kind: AccountKind;
  readonly role: Role;
}

/** The plan that an account has now. */
export interface CurrentPlan {
  readonly id: string;
  readonly name: { readonly zh: string; readonly en: string };
  readonly version: string;
  readonly period_start: string | null;
  readonly period_end: string | null;
  readonly status: SubscriptionStatus;
  readonly cancel_at_period_end: boolean;
  /** The plan of the next period, where it is another. */
  readonly next: string | null;
}

/** An allowance in one meter, for a term. */
export interface Grant {
  /** Empty before the first request of a free day. */
  readonly id: string;
  readonly source: string;
  readonly amount: number;
  readonly remaining: number;
  readonly starts_at: string;
  readonly expires_at: string | null;
}

export interface Balance {
  readonly meter: Meter;
  readonly remaining: number;
  /** Held for requests that are being answered. */
  readonly reserved: number;
  readonly grants: readonly Grant[];
}

/** What a plan lets one do; null, 0 and empty where nothing is limited. */
export interface Limits {
  readonly concurrency: number;
  readonly rate: string;
  readonly text_limit: number | null;
  readonly formats: readonly string[] | null;
  readonly voices: readonly string[] | null;
}

export interface Session {
  readonly user: User;
  readonly account: Account;
  readonly role: Role;
  readonly accounts: readonly Membership[];
  /** Null where nothing is sold. */
  readonly plan: CurrentPlan | null;
  readonly balances: readonly Balance[];
  readonly limits: Limits | null;
  readonly csrf_token: string;
}

export interface AuditEvent extends Acting {
  readonly at: string;
  readonly action: string;
  readonly target: string;
  readonly address: string;
}

export const EXPORT_ADDRESS = "/api/account/export";

export const fetchSession = (signal?: AbortSignal): Promise<Session> => getJson<Session>("/api/account", signal);

export const changeAccount = (changes: { name?: string; zone?: string }): Promise<unknown> => sendJson("PATCH", "/api/account", changes);

export const changeUser = (changes: { name?: string; locale?: string }): Promise<unknown> => sendJson("PATCH", "/api/account/user", changes);

export const switchAccount = (id: string): Promise<Session> => sendJson("POST", "/api/account/switch", { account_id: id });

export const createOrganization = (name: string): Promise<Membership> => sendJson("POST", "/api/organizations", { name });

/** Erase the account; `proof` is the password, or for those without one the account's name. */
export const deleteAccount = (proof: { password: string } | { confirm: string }): Promise<undefined> =>
  sendJson("POST", "/api/account/delete", proof);
