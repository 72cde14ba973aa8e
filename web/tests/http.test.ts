import { beforeEach, expect, test, vi } from "vitest";

import { csrfToken } from "../src/lib/csrf";
import { ApiError, getJson, refusals, send, sendJson, withQuery } from "../src/lib/http";

const asked: { address: string; init: RequestInit }[] = [];

/** Answers every request so, and writes it down. */
function answering(status: number, body: string): void {
  const answer = (address: string, init: RequestInit): Promise<Response> => {
    asked.push({ address, init });
    return Promise.resolve(new Response(status === 204 ? null : body, { status }));
  };
  vi.stubGlobal("fetch", answer);
}

beforeEach(() => {
  asked.length = 0;
  vi.unstubAllGlobals();
  vi.stubGlobal("document", { cookie: "a=b; huisheng_csrf=to%2Bken" });
});

test.each([
  ["", ""],
  ["huisheng_csrf=abc", "abc"],
  ["x_huisheng_csrf=no; huisheng_csrf=a%3D", "a="],
])("the cookies %j hold the proof %j", (cookies, token) => {
  expect(csrfToken(cookies)).toBe(token);
});

test("what changes something carries the proof, what reads does not", async () => {
  answering(200, "{}");
  await getJson("/api/account");
  await sendJson("POST", "/api/account/switch", { account_id: "acc_1" });

  expect(asked.map(({ init }) => (init.headers as Record<string, string>)["X-CSRF-Token"])).toEqual([undefined, "to+ken"]);
});

test("what costs money says that it is the same", async () => {
  answering(201, '{"id": "ord_1"}');
  await sendJson("POST", "/api/billing/orders", {}, "once");

  expect(asked[0]?.init.headers).toMatchObject({ "Idempotency-Key": "once" });
});

test("an answer without content is nothing", async () => {
  answering(204, "");

  expect(await sendJson("DELETE", "/api/account/keys/key_1")).toBeUndefined();
});

test("a refusal is told in both languages with its kind", async () => {
  answering(402, JSON.stringify({ error: "额度已用完。", detail: "Nothing is left.", code: "insufficient_balance", parameter: "text" }));

  await expect(getJson("/api/x")).rejects.toMatchObject({
    message: "额度已用完。",
    english: "Nothing is left.",
    code: "insufficient_balance",
    field: "text",
    status: 402,
  });
});

test("a proxy's page is told by its status", async () => {
  answering(502, "<html>");

  await expect(send("/api/x", { headers: {} })).rejects.toThrow("502");
});

test("a server that is gone has no status", async () => {
  vi.stubGlobal("fetch", () => Promise.reject(new TypeError("failed")));

  const error = await getJson("/api/x").catch((failure: unknown) => failure);
  expect(error).toBeInstanceOf(ApiError);
  expect((error as ApiError).status).toBe(0);
});

test.each([
  ["unauthorized", 1],
  ["wrong_credentials", 0],
])("a 401 of the kind %s ends %d sessions", async (code, count) => {
  const told = vi.fn();
  refusals.addEventListener("unauthorized", told);
  answering(401, JSON.stringify({ error: "不行", code }));
  await getJson("/api/x").catch(() => undefined);
  refusals.removeEventListener("unauthorized", told);

  expect(told).toHaveBeenCalledTimes(count);
});

test("a query has no empty fields", () => {
  expect(withQuery("/api/usage", { from: "2026-11-01", to: "", cursor: undefined, limit: 5 })).toBe("/api/usage?from=2026-11-01&limit=5");
  expect(withQuery("/api/usage", {})).toBe("/api/usage");
});
