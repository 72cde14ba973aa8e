/** What the command writes into the page (`huisheng/listening/page.py`). */

import type { Language } from "../lib/languages";

/** A text in each language. */
export type Bilingual = Record<Language, string>;

/** One way of speaking; `manner` is its emotion and speed, empty where all are spoken plainly. */
export interface Candidate {
  id: string;
  emotion: string;
  name: Bilingual;
  manner: Bilingual;
}

/** Which candidate stands in which place: `orders[sentence][place]` is a number of `candidates`. */
export interface Key {
  seed: number;
  orders: number[][];
  candidates: Candidate[];
}

/** A sentence and its takes by place; `audio` is a data URI. */
export interface Sentence {
  text: string;
  takes: { audio: string; seconds: number }[];
}

/** Everything; the key is JSON in Base64 where names are hidden, `language` empty for the reader's own. */
export interface Content {
  id: string;
  blind: boolean;
  language: Language | "";
  sentences: Sentence[];
  key: Key | string;
}

/** The content of this document. */
export function readContent(): Content {
  return JSON.parse(document.getElementById("content")?.textContent ?? "") as Content;
}

/** The key, decoded where it is hidden. */
export function decodeKey(key: Key | string): Key {
  if (typeof key !== "string") return key;
  const bytes = Uint8Array.from(atob(key), (letter) => letter.charCodeAt(0));
  return JSON.parse(new TextDecoder().decode(bytes)) as Key;
}

/** The item at an index that is known to be there. */
export function itemAt<Item>(items: readonly Item[], index: number): Item {
  const item = items[index];
  if (item === undefined) throw new RangeError(String(index));
  return item;
}

/** The candidates of a sentence by place. */
export function candidatesInOrder(key: Key, sentence: number): Candidate[] {
  return itemAt(key.orders, sentence).map((candidate) => itemAt(key.candidates, candidate));
}

/** `A` for place 0. */
export function letterOf(place: number): string {
  return String.fromCharCode(65 + place);
}
