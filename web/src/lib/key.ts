/** The key that a guarded server asks for, kept for as long as this tab is open. */

const NAME = "huisheng.key";

/** What a header can hold; also the pattern of the field that asks for it. */
export const KEY_PATTERN = "[\\x21-\\x7e]+";

let storage: Storage | undefined = tabStorage();
let key = storage?.getItem(NAME) ?? "";

/** The header that carries the key; none without one. */
export function credentials(): Record<string, string> {
  return key === "" ? {} : { Authorization: `Bearer ${key}` };
}

/** Use a key from now on. */
export function keepKey(given: string): void {
  key = given.trim();
  try {
    storage?.setItem(NAME, key);
  } catch (error) {
    if (!(error instanceof DOMException)) throw error; // full or forbidden: the key lasts as long as the page
    storage = undefined;
  }
}

/** The tab's storage, or none where the person forbids it. */
function tabStorage(): Storage | undefined {
  try {
    return globalThis.sessionStorage;
  } catch (error) {
    if (error instanceof DOMException) return undefined;
    throw error;
  }
}
