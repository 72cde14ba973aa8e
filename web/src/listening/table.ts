/** The open page: a row for each sentence, a column for each voice. */

import { itemAt, type Candidate, type Content, type Key, type Sentence } from "./content";
import { element, numeral, playButton } from "./elements";
import type { PlayableTake, TakePlayer } from "./player";
import { pick, t } from "./words";

const STEPS: Record<string, readonly [number, number]> = {
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
};

export function listeningTable(page: Content, key: Key, player: TakePlayer): HTMLElement {
  const body = element("tbody", { role: "rowgroup" });
  page.sentences.forEach((sentence, number) => body.append(tableRow(sentence, number, key, player)));
  const table = element("table", { className: "takes", role: "table" }, tableHead(key), body);
  table.addEventListener("keydown", (event) => moveInTable(table, event));
  return element("section", { className: "sheet scroll" }, table);
}

function tableHead(key: Key): HTMLElement {
  const column = { scope: "col", role: "columnheader" };
  const row = element("tr", { role: "row" }, element("th", column, t().sentence));
  for (const candidate of key.candidates) {
    row.append(element("th", { ...column, "data-emotion": candidate.emotion }, ...titleOf(candidate)));
  }
  return element("thead", { role: "rowgroup" }, row);
}

/** Name over manner. */
export function titleOf({ name, manner }: Candidate): HTMLElement[] {
  const title = [element("span", { className: "name" }, pick(name))];
  if (pick(manner) !== "") title.push(element("span", { className: "manner" }, pick(manner)));
  return title;
}

/** Both in one line. */
export function nameOf({ name, manner }: Candidate): string {
  return [pick(name), pick(manner)].filter((part) => part !== "").join(" · ");
}

function tableRow(sentence: Sentence, number: number, key: Key, player: TakePlayer): HTMLElement {
  const takes: PlayableTake[] = [];
  const cells = sentence.takes.map(({ audio, seconds }, place) => {
    const candidate = itemAt(key.candidates, place);
    const button = playButton(t().play(nameOf(candidate), number + 1), "", () => player.toggle(take));
    const take: PlayableTake = { audio, button, onPlay: () => {} };
    takes.push(take);
    const length = element("span", { className: "seconds" }, t().seconds(seconds));
    const title = element("span", { className: "who", "aria-hidden": "true" }, ...titleOf(candidate));
    return element("td", { role: "cell", "data-emotion": candidate.emotion }, element("div", {}, button, title, length));
  });
  const all = element("button", { className: "quiet", type: "button", "aria-label": t().playAll(number + 1) }, t().all);
  all.addEventListener("click", () => player.start(...takes));
  const head = element("div", {}, numeral(number), element("p", {}, sentence.text), all);
  return element("tr", { role: "row" }, element("th", { scope: "row", role: "rowheader" }, head), ...cells);
}

/** Arrow keys go from button to button. */
function moveInTable(table: HTMLTableElement, event: KeyboardEvent): void {
  const step = STEPS[event.key];
  const cell = event.target instanceof Element ? event.target.closest<HTMLTableCellElement>("td, th") : null;
  if (step === undefined || cell === null || event.ctrlKey || event.metaKey || event.altKey) return;
  const rows = [...table.rows];
  const row = rows[rows.indexOf(cell.parentElement as HTMLTableRowElement) + step[0]];
  const button = row?.cells[cell.cellIndex + step[1]]?.querySelector("button");
  if (button) {
    event.preventDefault();
    button.focus();
  }
}
