/** What a person writes for an invoice, as the form holds it and as the server takes it. */

import type { Faults } from "../../lib/form.svelte";
import { emailFault, missing, taxNumberFault } from "../../lib/validation";
import type { InvoiceFields, InvoiceKind } from "../../server/invoices";

export interface InvoiceDraft {
  kind: InvoiceKind;
  title: string;
  tax_id: string;
  address: string;
  phone: string;
  bank: string;
  bank_account: string;
  email: string;
}

/** A special VAT invoice names the company's address and bank too. */
export function faultsOf(draft: InvoiceDraft): Faults {
  const special = draft.kind === "special";
  const needed = (value: string): Faults[string] => (special ? missing(value) : undefined);
  return {
    title: missing(draft.title),
    tax_id: draft.kind === "personal" ? undefined : taxNumberFault(draft.tax_id),
    address: needed(draft.address),
    phone: needed(draft.phone),
    bank: needed(draft.bank),
    bank_account: needed(draft.bank_account) ?? bankAccountFault(draft.bank_account),
    email: emailFault(draft.email),
  };
}

/** Only what is filled in; a person has no tax number. */
export function fieldsOf(orderId: string, draft: InvoiceDraft): InvoiceFields {
  const { kind, title, email, ...company } = draft;
  const shown = kind === "personal" ? {} : Object.fromEntries(Object.entries(company).filter(([, value]) => value.trim() !== "").map(([name, value]) => [name, value.trim()]));
  return { order_id: orderId, kind, title: title.trim(), email: email.trim(), ...shown, ...("tax_id" in shown && { tax_id: draft.tax_id.trim().toUpperCase() }) };
}

function bankAccountFault(value: string): Faults[string] {
  if (value.trim() === "" || /^[\d\s-]{6,40}$/u.test(value.trim())) return undefined;
  return { zh: "银行账号只能包含数字。", en: "A bank account has digits only." };
}
