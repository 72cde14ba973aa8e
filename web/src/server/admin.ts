/** What an operator sees and does. Money is in fen. */

import type { Acting } from "../lib/audit";
import { getJson, sendJson, withQuery } from "../lib/http";
import type { Balance, CurrentPlan, Meter, Role } from "./account";
import type { Order } from "./billing";
import type { InvoiceFields } from "./invoices";
import type { ApiKey } from "./keys";
import type { Amounts, DayRange } from "./usage";

export interface AccountRow {
  readonly id: string;
  readonly name: string;
  readonly kind: "personal" | "organization";
  /** Addresses of the first few. */
  readonly owners: readonly string[];
  readonly members: number;
  readonly zone: string;
  readonly flags: readonly string[];
  readonly created_at: string;
  readonly suspended_at: string | null;
  readonly suspension_reason: string | null;
  readonly erased_at: string | null;
  readonly paid_fen: number;
  readonly refunded_fen: number;
}

export interface AccountDetail {
  readonly account: AccountRow;
  readonly members: readonly { readonly user_id: string; readonly email: string | null; readonly name: string; readonly role: Role }[];
  readonly keys: readonly Pick<ApiKey, "id" | "name" | "prefix" | "last_used_at" | "revoked_at">[];
  readonly plan: CurrentPlan | null;
  readonly balances: readonly Balance[];
  /** The newest ones. */
  readonly orders: readonly Order[];
  readonly last_used_at: string | null;
}

export interface Revenue {
  readonly zone: string;
  readonly rows: readonly {
    readonly day: string;
    readonly method: string;
    readonly payments: number;
    readonly received_fen: number;
    readonly refunds: number;
    readonly refunded_fen: number;
  }[];
}

export const ADMIN_GROUPS = ["day", "account", "voice", "route"] as const;

export type AdminGroup = (typeof ADMIN_GROUPS)[number];

export interface AdminUsage {
  readonly from: string;
  readonly to: string;
  readonly group: AdminGroup;
  readonly rows: readonly (Amounts & { readonly key: string; readonly name: string | null })[];
  readonly totals: Amounts;
}

/** A payment that an order was not waiting for; `amount`, in hundredths, has not gone back. */
export interface ExcessPayment {
  readonly payment_id: string;
  readonly amount: number;
  readonly currency: string;
}

export interface AdminOrder extends Order {
  readonly account_id: string;
  readonly account_name: string;
  readonly excess: readonly ExcessPayment[];
}

export interface AdminInvoice extends Required<InvoiceFields> {
  readonly id: string;
  readonly number: string;
  readonly account_id: string;
  readonly account_name: string;
  readonly amount_fen: number;
  readonly fapiao_status: "requested" | "issued";
  readonly fapiao_number: string | null;
  readonly created_at: string;
}

export interface AdminEvent extends Acting {
  readonly id: number;
  readonly at: string;
  readonly account_id: string | null;
  readonly action: string;
  readonly target: string;
  readonly detail: Readonly<Record<string, unknown>>;
  readonly address: string;
}

export interface Health {
  readonly version: string;
  readonly database: { readonly kind: "sqlite" | "postgresql"; readonly revision: string; readonly latency_ms: number };
  readonly mail: { readonly configured: boolean; readonly waiting: number; readonly abandoned: number; readonly oldest: string | null };
  readonly payments: readonly string[];
  /** The last proof of the books; null before the first. */
  readonly books: { readonly proved_at: string; readonly is_right: boolean; readonly journals: number; readonly faults: number } | null;
  /** Processes of the server; one that is not live may have been killed. */
  readonly instances: readonly { readonly id: string; readonly started_at: string; readonly is_live: boolean }[];
  readonly license: {
    readonly state: string;
    readonly required: boolean;
    readonly messages: readonly { readonly message: string; readonly message_en: string }[];
  };
}

export const ACCOUNTS = "/api/admin/accounts";
export const ADMIN_ORDERS = "/api/admin/orders";
export const ADMIN_INVOICES = "/api/admin/invoices";
export const AUDIT = "/api/admin/audit";

const accountAddress = (id: string): string => `${ACCOUNTS}/${encodeURIComponent(id)}`;

export const fetchAccount = (id: string, signal?: AbortSignal): Promise<AccountDetail> => getJson(accountAddress(id), signal);

export const suspend = (id: string, reason: string): Promise<unknown> => sendJson("POST", `${accountAddress(id)}/suspend`, { reason });

export const resume = (id: string, reason: string): Promise<unknown> => sendJson("POST", `${accountAddress(id)}/resume`, { reason });

export const grant = (id: string, fields: { meter: Meter; amount: number; valid_days: number | null; reason: string }, once: string): Promise<unknown> =>
  sendJson("POST", `${accountAddress(id)}/grants`, fields, once);

export const setFlags = (id: string, flags: readonly string[], reason: string): Promise<unknown> =>
  sendJson("PUT", `${accountAddress(id)}/flags`, { flags, reason });

export const fetchRevenue = (range: DayRange, signal?: AbortSignal): Promise<Revenue> =>
  getJson(withQuery("/api/admin/revenue", { ...range }), signal);

export const fetchAdminUsage = (range: DayRange, group: AdminGroup, signal?: AbortSignal): Promise<AdminUsage> =>
  getJson(withQuery("/api/admin/usage", { ...range, group }), signal);

export const confirmOrder = (id: string, reference: string): Promise<unknown> =>
  sendJson("POST", `${ADMIN_ORDERS}/${encodeURIComponent(id)}/confirm`, { reference });

/** Give money back, of one payment where it is named; all of it without an amount. */
export const refundOrder = (id: string, fields: { amount_fen?: number; payment_id?: string; reason: string }, once: string): Promise<unknown> =>
  sendJson("POST", `${ADMIN_ORDERS}/${encodeURIComponent(id)}/refunds`, fields, once);

export const issueFapiao = (id: string, number: string): Promise<unknown> =>
  sendJson("POST", `${ADMIN_INVOICES}/${encodeURIComponent(id)}/fapiao`, { number });

export const fetchHealth = (signal?: AbortSignal): Promise<Health> => getJson("/api/admin/health", signal);

export const proveLedger = (): Promise<unknown> => sendJson("POST", "/api/admin/ledger/prove");
