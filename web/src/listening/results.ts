/** What the votes say, once the listener asks. */

import { summarizePairs, summarizeScores, type Ballots, type Preference } from "./ballots";
import { itemAt, type Candidate, type Content, type Key } from "./content";
import { element } from "./elements";
import { download, toCsv, toJson } from "./files";
import type { Mean } from "./statistics";
import { nameOf, titleOf } from "./table";
import { t } from "./words";

/** Results of all votes, with buttons that export them and one that starts again. */
export function results(page: Content, ballots: Ballots, key: Key, restart: () => void): HTMLElement {
  const name = `huisheng-audition-${page.id}`;
  const figure = ballots.pairs
    ? preferenceFigure(summarizePairs(ballots, key), key)
    : scoreFigure(summarizeScores(ballots, key), key);
  return element(
    "section",
    { className: "sheet results", "aria-label": t().results },
    element("h2", { className: "heading", tabIndex: -1 }, t().results),
    ...figure,
    element("p", { className: "caution" }, t().caution),
    element(
      "div",
      { className: "files" },
      quietButton(t().csv, () => download(`${name}.csv`, "text/csv;charset=utf-8", toCsv(page, ballots, key))),
      quietButton(t().json, () => download(`${name}.json`, "application/json", toJson(page, ballots, key))),
      quietButton(t().again, restart),
    ),
  );
}

function quietButton(label: string, onclick: () => void): HTMLElement {
  return element("button", { className: "quiet", type: "button", onclick }, label);
}

function percent(value: number): string {
  return `${(100 * value).toFixed(0)}%`;
}

function probability(p: number): string {
  return p < 0.001 ? "p < 0.001" : `p = ${p.toFixed(3)}`;
}

function preferenceFigure(found: Preference, key: Key): HTMLElement[] {
  const bar = element("div", { className: "split" });
  const parts = [
    [found.wins[0], nameOf(itemAt(key.candidates, 0)), "first"],
    [found.same, t().same, "same"],
    [found.wins[1], nameOf(itemAt(key.candidates, 1)), "second"],
  ] as const;
  const legend = element("ul", { className: "legend" });
  for (const [count, label, kind] of parts) {
    const piece = element("span", { className: kind, "aria-hidden": "true" });
    piece.style.flexGrow = String(count);
    if (count > 0) bar.append(piece);
    const words = [element("span", { className: `dot ${kind}` }), element("strong", {}, label), ` ${t().votes(count)}`];
    legend.append(element("li", {}, ...words));
  }
  return [...(found.decided + found.same > 0 ? [bar] : []), legend, ...preferenceWords(found, key)];
}

function preferenceWords({ wins, decided, shares, p }: Preference, key: Key): HTMLElement[] {
  const ahead = wins[1] > wins[0] ? 1 : 0;
  const interval = shares[ahead];
  if (interval === null || p === null) return [element("p", {}, t().noPreference)];
  const name = nameOf(itemAt(key.candidates, ahead));
  const { share, low, high } = interval;
  const words = t().preference(name, wins[ahead], decided, percent(share), percent(low), percent(high));
  const verdict = decided < 6 ? t().tooFew : p < 0.05 ? t().verdict : t().noVerdict;
  return [element("p", {}, words), element("p", {}, `${t().signTest(probability(p))} ${verdict}`)];
}

function scoreFigure(means: (Mean | null)[], key: Key): HTMLElement[] {
  const rows = key.candidates.map((candidate, place) => ({ candidate, mean: itemAt(means, place) }));
  rows.sort((one, other) => (other.mean?.mean ?? 0) - (one.mean?.mean ?? 0));
  const lines = rows.map(({ candidate, mean }) => scoreLine(candidate, mean));
  return [element("ol", { className: "means" }, ticks(), ...lines), element("p", { className: "caution" }, t().meanNote)];
}

/** The numbers of the scale, over the lines that stand at them. */
function ticks(): HTMLElement {
  const axis = element("div", { className: "axis ticks" });
  for (const score of [1, 2, 3, 4, 5]) {
    const tick = element("span", {}, String(score));
    tick.style.left = positionOf(score);
    axis.append(tick);
  }
  return element("li", { "aria-hidden": "true" }, element("span"), axis, element("span"));
}

function scoreLine(candidate: Candidate, mean: Mean | null): HTMLElement {
  const axis = element("div", { className: "axis", "aria-hidden": "true" });
  if (mean !== null) axis.append(...whisker(mean));
  const title = element("span", { className: "who" }, ...titleOf(candidate));
  const words = element("span", { className: "value" }, meanWords(mean));
  return element("li", { "data-emotion": candidate.emotion }, title, axis, words);
}

/** Where a score stands on the scale. */
function positionOf(score: number): string {
  return `${(100 * (score - 1)) / 4}%`;
}

/** The interval as a line and the mean as a point, on a scale from 1 to 5. */
function whisker({ mean, low, high }: Mean): HTMLElement[] {
  const line = element("span", { className: "line" });
  line.style.left = positionOf(low ?? mean);
  line.style.right = positionOf(6 - (high ?? mean)); // from the other end
  const point = element("span", { className: "point" });
  point.style.left = positionOf(mean);
  return [line, point];
}

function meanWords(mean: Mean | null): string {
  if (mean === null) return t().noScore;
  if (mean.low === null || mean.high === null) return t().meanAlone(mean.mean.toFixed(2));
  return t().mean(mean.mean.toFixed(2), mean.low.toFixed(2), mean.high.toFixed(2));
}
