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

  expect(saveDraft(storage, "draft", "你好\n世界")).toBe(true);
  expect(loadDraft(storage, "draft")).toBe("你好\n世界");
});

test("the two drafts are kept beside each other", () => {
  const storage = storageOf();
  saveDraft(storage, "draft", "例文");
  saveDraft(storage, "own", "我写的");

  expect([loadDraft(storage, "draft"), loadDraft(storage, "own")]).toEqual(["例文", "我写的"]);
});

test("a full storage is told, and is no error", () => {
  expect(saveDraft(storageOf(true), "draft", "你好")).toBe(false);
});

test("a draft that is too long leaves no older one behind", () => {
  const storage = storageOf();
  saveDraft(storage, "draft", "旧");

  expect(saveDraft(storage, "draft", "长".repeat(1_000_001))).toBe(false);
  expect(loadDraft(storage, "draft")).toBe("");
});

test("without storage there is no draft", () => {
  expect(saveDraft(undefined, "draft", "你好")).toBe(false);
  expect(loadDraft(undefined, "draft")).toBe("");
});
