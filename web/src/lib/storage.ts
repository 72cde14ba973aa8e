/** What the browser keeps for this page. */

/** Keep a choice where that is possible; elsewhere it lasts as long as the page. */
export function keep(storage: Storage | undefined, key: string, value: string): void {
  try {
    storage?.setItem(key, value);
  } catch (error) {
    if (!(error instanceof DOMException)) throw error; // full or forbidden
  }
}

/** The browser's storage, or none where the person forbids it. */
export function browserStorage(): Storage | undefined {
  try {
    return window.localStorage;
  } catch (error) {
    if (error instanceof DOMException) return undefined;
    throw error;
  }
}
