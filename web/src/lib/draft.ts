/** The text that is being written, kept in this browser from one visit to the next. */

const KEY = "huisheng.draft";
const LONGEST = 1_000_000; // UTF-16 units: browsers keep about five million for a whole site

export function loadDraft(storage: Storage | undefined): string {
  return storage?.getItem(KEY) ?? "";
}

/** Keep the text; false where it cannot be kept, and then no older one is kept either. */
export function saveDraft(storage: Storage | undefined, text: string): boolean {
  if (storage === undefined) return false;
  try {
    if (text.length <= LONGEST) {
      storage.setItem(KEY, text);
      return true;
    }
  } catch (error) {
    if (!(error instanceof DOMException)) throw error; // full or forbidden
  }
  storage.removeItem(KEY);
  return false;
}
