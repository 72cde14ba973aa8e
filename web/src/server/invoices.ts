/** Invoices (发票) of paid orders. */

import { sendJson } from "../lib/http";

export const INVOICE_KINDS = ["personal", "company", "special"] as const;

export type InvoiceKind = (typeof INVOICE_KINDS)[number];

export interface InvoiceFields {
  readonly order_id: string;
  readonly kind: InvoiceKind;
  readonly title: string;
  readonly tax_id?: string;
  readonly address?: string;
  readonly phone?: string;
  readonly bank?: string;
  readonly bank_account?: string;
  readonly email?: string;
}

export interface Invoice {
  readonly id: string;
  readonly order_id: string;
  readonly number: string;
  readonly kind: InvoiceKind;
  readonly title: string;
  readonly amount_fen: number;
  readonly fapiao_status: "requested" | "issued";
  /** Of the 发票 that the tax office knows, once it is issued. */
  readonly fapiao_number: string | null;
  readonly created_at: string;
}

export const INVOICES = "/api/billing/invoices";

export const requestInvoice = (fields: InvoiceFields): Promise<Invoice> => sendJson("POST", INVOICES, fields);

export const invoiceAddress = (id: string): string => `${INVOICES}/${encodeURIComponent(id)}.pdf`;
