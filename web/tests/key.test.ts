import { beforeEach, expect, test, vi } from "vitest";

/** A tab's storage as far as keys use it. */
function storageWith(kept: string | null): Storage {
  let value = kept;
  return { getItem: () => value, setItem: (_: string, text: string) => (value = text) } as unknown as Storage;
}

beforeEach(() => {
  vi.resetModules();
  vi.unstubAllGlobals();
});

test("without a key no header is sent", async () => {
  const { credentials } = await import("../src/lib/key");

  expect(credentials()).toEqual({});
});

test("a key is sent once it is known", async () => {
  const { credentials, keepKey } = await import("../src/lib/key");
  keepKey(" correct-horse ");

  expect(credentials()).toEqual({ Authorization: "Bearer correct-horse" });
});

test("a key outlives a reload of the tab", async () => {
  vi.stubGlobal("sessionStorage", storageWith("correct-horse"));
  const { credentials } = await import("../src/lib/key");

  expect(credentials()).toEqual({ Authorization: "Bearer correct-horse" });
});

test("a key that cannot be kept lasts as long as the page", async () => {
  const setItem = (): never => {
    throw new DOMException("full", "QuotaExceededError");
  };
  vi.stubGlobal("sessionStorage", { getItem: () => null, setItem });
  const { credentials, keepKey } = await import("../src/lib/key");
  keepKey("correct-horse");

  expect(credentials()).toEqual({ Authorization: "Bearer correct-horse" });
});

test.each(["correct-horse", "a!b~c"])("the field takes %j", async (key) => {
  const { KEY_PATTERN } = await import("../src/lib/key");

  expect(new RegExp(`^(?:${KEY_PATTERN})$`, "v").test(key)).toBe(true);
});

test.each(["密钥", "a b", ""])("the field refuses %j, which no header can hold", async (key) => {
  const { KEY_PATTERN } = await import("../src/lib/key");

  expect(new RegExp(`^(?:${KEY_PATTERN})$`, "v").test(key)).toBe(false);
});
