import { expect, test } from "vitest";

import { faultsOf, fieldsOf, type InvoiceDraft } from "../src/account/orders/invoice";
import { countdown } from "../src/account/orders/status";
import { featuresOf, stepTo } from "../src/account/plans/features";
import type { Plan } from "../src/server/billing";

test.each([
  [0, "0:00"],
  [125, "2:05"],
  [3725, "1:02:05"],
])("%d seconds to pay in are %s", (seconds, shown) => {
  expect(countdown(seconds)).toBe(shown);
});

const DRAFT: InvoiceDraft = {
  kind: "company",
  title: " 春江科技有限公司 ",
  tax_id: "91350100m000100y43",
  address: "",
  phone: " ",
  bank: "",
  bank_account: "",
  email: "a@example.com",
};

function faulty(changes: Partial<InvoiceDraft>): string[] {
  return Object.entries(faultsOf({ ...DRAFT, ...changes })).flatMap(([name, fault]) => (fault === undefined ? [] : [name]));
}

test.each([
  [{}, []],
  [{ kind: "personal", tax_id: "" }, []],
  [{ tax_id: "" }, ["tax_id"]],
  [{ title: "", email: "a" }, ["title", "email"]],
  [{ kind: "special" }, ["address", "phone", "bank", "bank_account"]],
  [{ bank_account: "abc" }, ["bank_account"]],
] as [Partial<InvoiceDraft>, string[]][])("an invoice with %j is wrong in %j", (changes, fields) => {
  expect(faulty(changes)).toEqual(fields);
});

test("only what is filled in is sent, trimmed", () => {
  expect(fieldsOf("ord_1", DRAFT)).toEqual({
    order_id: "ord_1",
    kind: "company",
    title: "春江科技有限公司",
    tax_id: "91350100M000100Y43",
    email: "a@example.com",
  });
});

test("a person has no tax number", () => {
  expect(fieldsOf("ord_1", { ...DRAFT, kind: "personal" })).not.toHaveProperty("tax_id");
});

const LIMITS = { concurrency: 2, rate: "", text_limit: 2000, formats: null, voices: null, custom_voice: false };

function plan(id: string, kind: Plan["kind"], price: number): Plan {
  return { id, name: { zh: id, en: id }, description: { zh: "", en: "" }, kind, price_fen: price, period: "month", allowances: [], limits: LIMITS };
}

test.each([
  ["basic", undefined, "subscribe"],
  ["basic", plan("free", "free", 0), "subscribe"],
  ["basic", plan("basic", "subscription", 1990), "current"],
  ["basic", plan("professional", "subscription", 4990), "downgrade"],
  ["enterprise", plan("professional", "subscription", 4990), "upgrade"],
])("to %s from %j is called %s", (id, current, step) => {
  expect(stepTo(plan(id, "subscription", id === "basic" ? 1990 : 19_900), current)).toBe(step);
});

test("a plan says what it allows in the language of the reader", () => {
  const pack: Plan = { ...plan("pack", "pack", 990), allowances: [{ meter: "calls", amount: 1000, per: "once", valid_days: 365 }] };

  expect(featuresOf(pack, "zh")).toEqual(["1,000 次", "有效期 365 天", "同时 2 个请求", "单次最多 2,000 字", "全部音色与格式"]);
  expect(featuresOf(pack, "en")[0]).toBe("1,000 calls");
});
