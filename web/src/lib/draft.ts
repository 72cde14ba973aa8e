/** The texts that are being written, kept in this browser from one visit to the next. */

/** The text in the field, or the one that another has taken the place of. */
export type Draft = "draft" | "own";

const LONGEST = 1_000_000; // UTF-16 units: browsers keep about five million for a whole site

export function loadDraft(storage: Storage | undefined, draft: Draft): string {
  return storage?.getItem(key(draft)) ?? "";
}

/** Keep the text; false where it cannot be kept, and then no older one is kept either. */
export function saveDraft(storage: Storage | undefined, draft: Draft, text: string): boolean {
  if (storage === undefined) return false;
  try {
    if (text.length <= LONGEST) {
      storage.setItem(key(draft), text);
      return true;
    }
  } catch (error) {
    if (!(error instanceof DOMException)) throw error; // full or forbidden
  }
  storage.removeItem(key(draft));
  return false;
}

function key(draft: Draft): string {
  return `huisheng.${draft}`;
}
