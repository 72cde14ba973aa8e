import { expect, test } from "vitest";

import { loadDraft, saveDraft } from "../src/lib/draft";

/** A browser's storage that may be full. */
function storageOf(full = false): Storage {
  const kept = new Map<string, string>();
  return {
    getItem: (name: string) => kept.get(name) ?? null,
    setItem(name: string, value: string) {
      if (full) throw new DOMException("full", "QuotaExceededError");
      kept.set(name, value);
    },
    removeItem: (name: string) => kept.delete(name),
  } as unknown as Storage;
}

test("a draft that was kept is found again", () => {
  const storage = storageOf();

  expect(saveDraft(storage, "你好\n世界")).toBe(true);
  expect(loadDraft(storage)).toBe("你好\n世界");
});

test("a full storage is told, and is no error", () => {
  expect(saveDraft(storageOf(true), "你好")).toBe(false);
});

test("a draft that is too long leaves no older one behind", () => {
  const storage = storageOf();
  saveDraft(storage, "旧");

  expect(saveDraft(storage, "长".repeat(1_000_001))).toBe(false);
  expect(loadDraft(storage)).toBe("");
});

test("without storage there is no draft", () => {
  expect(saveDraft(undefined, "你好")).toBe(false);
  expect(loadDraft(undefined)).toBe("");
});
