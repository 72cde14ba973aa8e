/** Plans, orders and invoices. Money is in fen. */

import { getJson, sendJson, withQuery } from "../lib/http";
import type { Limits, Meter, SubscriptionStatus } from "./account";

export interface Bilingual {
  readonly zh: string;
  readonly en: string;
}

export interface Allowance {
  readonly meter: Meter;
  readonly amount: number;
  readonly per: "day" | "period" | "once";
  /** Days that it lasts, for those given once; null for ever. */
  readonly valid_days: number | null;
}

export interface Plan {
  readonly id: string;
  readonly name: Bilingual;
  readonly description: Bilingual;
  readonly kind: "free" | "pack" | "subscription";
  readonly price_fen: number;
  readonly period: "month" | null;
  readonly allowances: readonly Allowance[];
  readonly limits: Limits & { readonly custom_voice: boolean };
}

export interface PaymentMethod {
  readonly id: string;
  readonly name: Bilingual;
  readonly kind: "qr" | "redirect" | "transfer";
  /** Whether it renews by itself. */
  readonly subscriptions: boolean;
}

export interface Plans {
  readonly version: string;
  readonly currency: string;
  readonly zone: string;
  readonly plans: readonly Plan[];
  readonly methods: readonly PaymentMethod[];
}

export interface Quote {
  readonly product: string;
  readonly quantity: number;
  readonly price_fen: number;
  readonly credit_fen: number;
  readonly due_fen: number;
  readonly effective: "now" | "period_end";
  readonly explanation: Bilingual;
}

export type OrderStatus = "pending" | "paid" | "cancelled" | "expired" | "partially_refunded" | "refunded";

/** How a pending order is paid. */
export interface Checkout {
  readonly kind: "qr" | "redirect" | "transfer";
  readonly url: string | null;
  readonly qr_svg: string | null;
  readonly instructions: Bilingual;
  readonly reference: string;
}

export interface Order {
  readonly id: string;
  readonly product: string;
  readonly name: Bilingual;
  readonly quantity: number;
  readonly price_fen: number;
  readonly credit_fen: number;
  readonly amount_fen: number;
  readonly currency: string;
  readonly status: OrderStatus;
  readonly method: string;
  readonly created_at: string;
  readonly expires_at: string;
  readonly paid_at: string | null;
  readonly refunded_fen: number;
  readonly checkout: Checkout | null;
}

export interface Subscription {
  readonly product: string;
  readonly name: Bilingual;
  readonly price_fen: number;
  readonly status: SubscriptionStatus;
  readonly period_start: string;
  readonly period_end: string;
  /** End of the last month that is paid. */
  readonly paid_until: string;
  readonly cancel_at_period_end: boolean;
  readonly next_product: string | null;
  readonly method: string;
  readonly renews_itself: boolean;
}

export const ORDERS = "/api/billing/orders";

export const fetchPlans = (signal?: AbortSignal): Promise<Plans> => getJson<Plans>("/api/plans", signal);

export const fetchQuote = (product: string, quantity: number, signal?: AbortSignal): Promise<Quote> =>
  getJson<Quote>(withQuery("/api/billing/quote", { product, quantity }), signal);

export const fetchOrder = (id: string, signal?: AbortSignal): Promise<Order> => getJson<Order>(`${ORDERS}/${encodeURIComponent(id)}`, signal);

/** Order a product. The same `once` never makes a second order. */
export const placeOrder = (fields: { product: string; quantity: number; method: string }, once: string): Promise<Order> =>
  sendJson("POST", ORDERS, fields, once);

export const cancelOrder = (id: string): Promise<Order> => sendJson("POST", `${ORDERS}/${encodeURIComponent(id)}/cancel`);

/** Ask the payment method whether the order is paid. */
export const refreshOrder = (id: string): Promise<Order> => sendJson("POST", `${ORDERS}/${encodeURIComponent(id)}/refresh`);

export const receiptAddress = (id: string): string => `${ORDERS}/${encodeURIComponent(id)}/receipt.pdf`;

export const fetchSubscription = (signal?: AbortSignal): Promise<Subscription | null> =>
  getJson<Subscription | null>("/api/billing/subscription", signal);

/** Change the plan: an order to pay, or a change when the period ends. */
export const changeSubscription = (fields: { product: string; method?: string }, once: string): Promise<{ order: Order | null; scheduled: boolean }> =>
  sendJson("POST", "/api/billing/subscription/change", fields, once);

export const cancelSubscription = (): Promise<unknown> => sendJson("POST", "/api/billing/subscription/cancel");

export const resumeSubscription = (): Promise<unknown> => sendJson("POST", "/api/billing/subscription/resume");

/** Stripe's own page, where cards are changed. */
export const openPortal = (): Promise<{ url: string }> => sendJson("POST", "/api/billing/portal");
