/** API keys of an account. */

import { sendJson } from "../lib/http";

export const SCOPES = ["speech", "usage", "billing", "account"] as const;

export type Scope = (typeof SCOPES)[number];

export interface ApiKey {
  readonly id: string;
  readonly name: string;
  /** The beginning of the key, by which people tell keys apart. */
  readonly prefix: string;
  readonly scopes: readonly Scope[];
  readonly expires_at: string | null;
  /** Addresses and networks that may use it; empty for all. */
  readonly addresses: readonly string[];
  /** Such as `60/minute`; empty for the plan's. */
  readonly rate: string;
  /** Requests at one time; 0 for the plan's. */
  readonly concurrency: number;
  readonly created_at: string;
  readonly last_used_at: string | null;
  readonly revoked_at: string | null;
}

/** What a person chooses for a key. */
export interface KeyFields {
  readonly name: string;
  readonly scopes: readonly Scope[];
  readonly expires_at: string | null;
  readonly addresses: readonly string[];
  readonly rate: string;
  readonly concurrency: number;
}

export const KEYS = "/api/account/keys";

/** Make a key; `key` is told this once. */
export const createKey = (fields: KeyFields): Promise<ApiKey & { readonly key: string }> => sendJson("POST", KEYS, fields);

export const changeKey = (id: string, fields: Partial<KeyFields>): Promise<ApiKey> => sendJson("PATCH", `${KEYS}/${encodeURIComponent(id)}`, fields);

export const revokeKey = (id: string): Promise<undefined> => sendJson("DELETE", `${KEYS}/${encodeURIComponent(id)}`);
