/** What the listener has played and chosen. Kept in the browser under the page's own number. */

import { browserStorage } from "../lib/storage";
import { itemAt, type Key } from "./content";
import { meanScore, signTest, wilson, type Mean, type Share } from "./statistics";

/** The vote for neither of two. */
export const SAME = "same";

export type Choice = number | typeof SAME | null;
export type Score = number | null;

/** Votes on a sentence: `choice` is a place or `SAME`; `scores` and `heard`, how often each was played, by place. */
export interface Ballot {
  choice: Choice;
  scores: Score[];
  heard: number[];
}

export class Ballots {
  readonly sentences: number;
  readonly places: number;
  /** Whether two are compared, and one of them chosen; more than two get scores. */
  readonly pairs: boolean;
  /** Whether the browser keeps the votes. */
  kept = true;
  listener = "";
  revealed = false;
  rows: Ballot[] = [];
  readonly #key: string;

  /** @param id of the page. @param sentences how many. @param places takes of each sentence. */
  constructor(id: string, sentences: number, places: number) {
    this.#key = `huisheng.audition.${id}`;
    this.sentences = sentences;
    this.places = places;
    this.pairs = places === 2;
    this.clear();
    this.#load();
  }

  /** Nothing played, nothing chosen. */
  clear(): void {
    this.listener = "";
    this.revealed = false;
    this.rows = Array.from({ length: this.sentences }, () => ({
      choice: null,
      scores: Array<Score>(this.places).fill(null),
      heard: Array<number>(this.places).fill(0),
    }));
  }

  row(number: number): Ballot {
    return itemAt(this.rows, number);
  }

  get begun(): boolean {
    return this.rows.some((row) => row.choice !== null || row.scores.some((score) => score !== null));
  }

  /** Sentences that have all their votes. */
  get finished(): number {
    return this.rows.filter((row) => this.isComplete(row)).length;
  }

  isComplete(row: Ballot): boolean {
    return this.pairs ? row.choice !== null : row.scores.every((score) => score !== null);
  }

  choose(number: number, choice: Choice): void {
    this.row(number).choice = choice;
    this.save();
  }

  score(number: number, place: number, score: number): void {
    this.row(number).scores[place] = score;
    this.save();
  }

  countPlay(number: number, place: number): void {
    const { heard } = this.row(number);
    heard[place] = itemAt(heard, place) + 1;
    this.save();
  }

  /** Places of a sentence that were not played. */
  unheard(number: number): number[] {
    return this.row(number).heard.flatMap((times, place) => (times === 0 ? [place] : []));
  }

  reveal(): void {
    this.revealed = true;
    this.save();
  }

  save(): void {
    const { listener, revealed, rows } = this;
    const storage = browserStorage();
    try {
      storage?.setItem(this.#key, JSON.stringify({ listener, revealed, rows }));
      this.kept &&= storage !== undefined;
    } catch (error) {
      if (!(error instanceof DOMException)) throw error;
      this.kept = false; // full or forbidden: the page says so
    }
  }

  #load(): void {
    const storage = browserStorage();
    this.kept = storage !== undefined;
    const found = parseObject(storage?.getItem(this.#key) ?? "") as Partial<Ballots> | null;
    if (found === null || !Array.isArray(found.rows) || found.rows.length !== this.sentences) return;
    this.listener = typeof found.listener === "string" ? found.listener : "";
    this.revealed = found.revealed === true;
    found.rows.forEach((row: Partial<Ballot> | null, number) => this.#restore(this.row(number), row));
  }

  /** Take over what makes sense of a row that was kept. */
  #restore(row: Ballot, found: Partial<Ballot> | null): void {
    const places = Array.from({ length: this.places }, (_, place) => place);
    const choices: Choice[] = [...places, SAME];
    if (choices.includes(found?.choice ?? null)) row.choice = found?.choice ?? null;
    for (const place of places) {
      const score = found?.scores?.[place] ?? null;
      if (score !== null && [1, 2, 3, 4, 5].includes(score)) row.scores[place] = score;
      const times: unknown = found?.heard?.[place];
      if (typeof times === "number" && Number.isInteger(times)) row.heard[place] = Math.max(0, times);
    }
  }
}

/** What JSON holds, if it is an object. */
function parseObject(text: string): object | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" ? value : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

/** What votes on pairs say: wins and their share for each of two candidates, and the test of both. */
export interface Preference {
  decided: number;
  same: number;
  wins: readonly [number, number];
  shares: readonly [Share | null, Share | null];
  p: number | null;
}

export function summarizePairs(ballots: Ballots, key: Key): Preference {
  const wins: [number, number] = [0, 0];
  let same = 0;
  ballots.rows.forEach(({ choice }, number) => {
    if (choice === SAME) same += 1;
    else if (choice !== null) wins[itemAt(itemAt(key.orders, number), choice) === 0 ? 0 : 1] += 1;
  });
  const [first, second] = wins;
  const decided = first + second;
  const p = decided === 0 ? null : signTest(first, second);
  return { decided, same, wins, shares: [wilson(first, decided), wilson(second, decided)], p };
}

/** The mean score of each candidate; null for one without scores. */
export function summarizeScores(ballots: Ballots, key: Key): (Mean | null)[] {
  const scores = key.candidates.map((): number[] => []);
  ballots.rows.forEach((row, number) =>
    row.scores.forEach((score, place) => {
      if (score !== null) itemAt(scores, itemAt(itemAt(key.orders, number), place)).push(score);
    }),
  );
  return scores.map(meanScore);
}
