/** Votes as files. */

import { summarizePairs, summarizeScores, SAME, type Ballot, type Ballots, type Choice } from "./ballots";
import { candidatesInOrder, itemAt, letterOf, type Content, type Key } from "./content";
import { element } from "./elements";
import type { Mean } from "./statistics";

type Cell = string | number | null;

const COLUMNS = [
  ...["record", "listener", "sentence", "text", "candidate", "place", "heard", "vote"],
  ...["count", "estimate", "low", "high", "p_value"],
];

/** Everything, with names. */
export function toJson(page: Content, ballots: Ballots, key: Key): string {
  const content = {
    format: "huisheng.audition/1",
    page: page.id,
    kind: ballots.pairs ? "preference" : "score",
    listener: ballots.listener,
    seed: key.seed,
    candidates: key.candidates.map(({ id, name, manner }) => ({ id, name, manner })),
    votes: ballots.rows.map((row, number) => voteOf(page, ballots, key, row, number)),
    summary: ballots.pairs ? preferenceSummary(ballots, key) : scoreSummary(ballots, key),
  };
  return `${JSON.stringify(content, null, 1)}\n`;
}

function voteOf(page: Content, ballots: Ballots, key: Key, row: Ballot, number: number): object {
  const order = candidatesInOrder(key, number).map(({ id }) => id);
  const vote = ballots.pairs
    ? { vote: letterOfChoice(row.choice), preferred: typeof row.choice === "number" ? itemAt(order, row.choice) : null }
    : { scores: row.scores };
  return { sentence: number + 1, text: itemAt(page.sentences, number).text, order, heard: row.heard, ...vote };
}

function letterOfChoice(choice: Choice): string | null {
  return typeof choice === "number" ? letterOf(choice) : choice;
}

function preferenceSummary(ballots: Ballots, key: Key): object {
  const { decided, same, p, wins, shares } = summarizePairs(ballots, key);
  const none = { share: null, low: null, high: null };
  return {
    interval: "Wilson, 95%",
    test: "sign test, exact, two-sided",
    decided,
    same,
    p_value: p,
    candidates: key.candidates.map(({ id }, place) => ({ id, wins: wins[place], ...(shares[place] ?? none) })),
  };
}

function scoreSummary(ballots: Ballots, key: Key): object {
  const none = { count: 0, mean: null, deviation: null, low: null, high: null };
  const means = summarizeScores(ballots, key);
  return { interval: "Student t, 95%", candidates: key.candidates.map(({ id }, place) => ({ id, ...(means[place] ?? none) })) };
}

/** A line for each take, then a line for each candidate (RFC 4180). */
export function toCsv(page: Content, ballots: Ballots, key: Key): string {
  const lines: Cell[][] = [COLUMNS, ...takeLines(page, ballots, key), ...summaryLines(ballots, key)];
  return `\ufeff${lines.map((line) => line.map(formatCell).join(",")).join("\r\n")}\r\n`; // the mark tells Excel it is UTF-8
}

function takeLines(page: Content, ballots: Ballots, key: Key): Cell[][] {
  return ballots.rows.flatMap((row, number) =>
    candidatesInOrder(key, number).map(({ id }, place) => [
      ...["vote", ballots.listener, number + 1, itemAt(page.sentences, number).text],
      ...[id, letterOf(place), itemAt(row.heard, place)],
      ballots.pairs ? pairVote(row.choice, place) : itemAt(row.scores, place),
      ...Array<null>(5).fill(null),
    ]),
  );
}

/** 1 for the take that was preferred, 0 for the other, 0.5 for both where there is no difference. */
function pairVote(choice: Choice, place: number): number | null {
  if (choice === null) return null;
  return choice === SAME ? 0.5 : Number(choice === place);
}

function summaryLines(ballots: Ballots, key: Key): Cell[][] {
  const cells = ballots.pairs ? shareCells(ballots, key) : summarizeScores(ballots, key).map(meanCells);
  return key.candidates.map(({ id }, place) => [
    ...["summary", ballots.listener, null, null, id, null, null, null],
    ...itemAt(cells, place),
  ]);
}

function shareCells(ballots: Ballots, key: Key): Cell[][] {
  const { decided, p, shares } = summarizePairs(ballots, key);
  return shares.map((share) => [decided, share?.share ?? null, share?.low ?? null, share?.high ?? null, p]);
}

function meanCells(mean: Mean | null): Cell[] {
  return mean === null ? [0, null, null, null, null] : [mean.count, mean.mean, mean.low, mean.high, null];
}

/** A cell; text that a spreadsheet would take for a formula gets an apostrophe before it. */
function formatCell(value: Cell): string {
  if (typeof value !== "string") return value === null ? "" : String(value);
  const harmless = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}

/** Hand a file to the listener. */
export function download(name: string, type: string, text: string): void {
  const address = URL.createObjectURL(new Blob([text], { type }));
  element("a", { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 60_000); // the browser may still be reading it
}
