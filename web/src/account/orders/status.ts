/** How the state of an order looks. */

import type { OrderStatus } from "../../server/billing";

export const TONES = {
  pending: "warning",
  paid: "good",
  cancelled: "plain",
  expired: "plain",
  partially_refunded: "plain",
  refunded: "plain",
} as const satisfies Record<OrderStatus, string>;

/** 125 → `2:05`, 3725 → `1:02:05`: what is left to pay in. */
export function countdown(seconds: number): string {
  const [hours, minutes, rest] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const tail = `${String(minutes).padStart(hours > 0 ? 2 : 1, "0")}:${String(rest).padStart(2, "0")}`;
  return hours > 0 ? `${String(hours)}:${tail}` : tail;
}

/** Whether there was a payment. */
export function isPaid(status: OrderStatus): boolean {
  return status === "paid" || status === "partially_refunded" || status === "refunded";
}
