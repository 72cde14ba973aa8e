/** The languages that pages can speak. */

export type Language = "zh" | "en";

/** Words in Chinese, and the same in English. */
export interface Translated<T> {
  readonly zh: T;
  readonly en: T;
}

/** The document's `lang` for each language. */
export const languageTags: Record<Language, string> = { zh: "zh-CN", en: "en" };

/** The language kept from last time, else Chinese. */
export function preferredLanguage(kept: string | null): Language {
  return kept === "en" ? "en" : "zh";
}

/** A name within a Chinese sentence, which sets a space around words in Latin letters. */
export const spaced = (name: string): string => (/^[\x21-\x7e]/u.test(name) ? ` ${name} ` : name);
