/** The blind page: a card for each sentence, a letter for each place. */

import { SAME, type Ballots, type Choice } from "./ballots";
import { candidatesInOrder, itemAt, letterOf, type Candidate, type Content, type Key, type Sentence } from "./content";
import { element, numeral, playButton } from "./elements";
import type { PlayableTake, TakePlayer } from "./player";
import { titleOf } from "./table";
import { t } from "./words";

/** The elements of one sentence; `votes` are one group of buttons for a pair, else one for each place. */
interface Card {
  root: HTMLElement;
  takes: PlayableTake[];
  votes: HTMLElement[];
  places: { line: HTMLElement; title: HTMLElement }[];
}

/** What the page does about votes. */
interface Listeners {
  /** After every vote. */
  onVote: () => void;
  /** A line for the listener. */
  onHint: (text: string) => void;
}

const CHOICES: readonly Choice[] = [0, SAME, 1];
const SCORES = ["1", "2", "3", "4", "5"];

export class Trials {
  readonly #ballots: Ballots;
  readonly #player: TakePlayer;
  readonly #listeners: Listeners;
  readonly #cards: Card[];
  #current = 0;
  #place = 0;

  constructor(page: Content, ballots: Ballots, player: TakePlayer, listeners: Listeners) {
    this.#ballots = ballots;
    this.#player = player;
    this.#listeners = listeners;
    this.#cards = page.sentences.map((sentence, number) => this.#makeCard(sentence, number));
  }

  /** The cards; `key` gives names once it is known. */
  section(key?: Key): HTMLElement {
    this.#cards.forEach((card, number) => {
      if (key !== undefined) showNames(card, candidatesInOrder(key, number));
      this.#refresh(number);
    });
    return element("section", { className: "trials" }, ...this.#cards.map(({ root }) => root));
  }

  /** Do what a key asks; whether it asked for anything. */
  press(key: string): boolean {
    const place = key.length === 1 ? key.toUpperCase().charCodeAt(0) - 65 : -1;
    const { pairs, places } = this.#ballots;
    if (place >= 0 && place < places) this.#cardAt(this.#current).takes[place]?.button.click();
    else if (pairs && ["1", "2", "3"].includes(key)) this.#choose(this.#current, itemAt(CHOICES, Number(key) - 1));
    else if (!pairs && SCORES.includes(key)) this.#score(this.#current, this.#place, Number(key));
    else if (key === "ArrowDown") this.#go(1);
    else if (key === "ArrowUp") this.#go(-1);
    else return false;
    return true;
  }

  #cardAt(number: number): Card {
    return itemAt(this.#cards, number);
  }

  #makeCard(sentence: Sentence, number: number): Card {
    const { pairs } = this.#ballots;
    const takes = sentence.takes.map(({ audio }, place) => this.#makeTake(audio, number, place));
    const votes = pairs ? [this.#choiceButtons(number)] : takes.map((_, place) => this.#scoreButtons(number, place));
    const places = takes.map(({ button }, place) => {
      const title = element("span", { className: "who" });
      const line = element("div", { className: "place" }, button, title);
      if (!pairs) line.append(itemAt(votes, place));
      return { line, title };
    });
    const text = element("p", { className: "text" }, numeral(number), sentence.text);
    const listen = element("div", { className: "places" }, ...places.map(({ line }) => line));
    const settings = { className: "sheet trial", tabIndex: -1, "aria-label": t().number(number + 1) };
    const root = element("article", settings, text, listen, ...(pairs ? votes : []));
    root.addEventListener("focusin", () => this.#select(number));
    root.addEventListener("pointerdown", () => this.#select(number));
    return { root, takes, votes, places };
  }

  #makeTake(audio: string, number: number, place: number): PlayableTake {
    const letter = letterOf(place);
    const button = playButton(t().play(letter, number + 1), letter, () => {
      this.#place = place;
      this.#player.toggle(take);
    });
    const take: PlayableTake = { audio, button, onPlay: () => this.#countPlay(number, place) };
    return take;
  }

  #choiceButtons(number: number): HTMLElement {
    const labels = [t().better("A"), t().same, t().better("B")];
    const buttons = CHOICES.map((choice, index) => {
      const onclick = (): void => this.#choose(number, choice);
      return element("button", { type: "button", value: String(choice), onclick }, itemAt(labels, index));
    });
    return element("div", { className: "choices", role: "group", "aria-label": t().question(number + 1) }, ...buttons);
  }

  #scoreButtons(number: number, place: number): HTMLElement {
    const buttons = t().grades.map((grade, index) => {
      const score = index + 1;
      const settings = {
        type: "button",
        value: String(score),
        title: grade,
        "aria-label": `${t().score(letterOf(place), score)} ${grade}`,
        onclick: () => this.#score(number, place, score),
      };
      return element("button", settings, String(score));
    });
    const label = t().scoring(letterOf(place), number + 1);
    return element("div", { className: "scale", role: "group", "aria-label": label }, ...buttons);
  }

  #countPlay(number: number, place: number): void {
    if (this.#ballots.revealed) return;
    this.#ballots.countPlay(number, place);
    this.#refresh(number);
  }

  #choose(number: number, choice: Choice): void {
    if (this.#isBarred(this.#ballots.unheard(number))) return;
    this.#ballots.choose(number, choice);
    this.#refresh(number);
    this.#listeners.onVote();
  }

  #score(number: number, place: number, score: number): void {
    if (this.#isBarred(this.#ballots.unheard(number).filter((unheard) => unheard === place))) return;
    this.#ballots.score(number, place, score);
    this.#refresh(number);
    this.#listeners.onVote();
  }

  /** Whether a vote cannot be given: names are known, or something was not played. */
  #isBarred(unheard: number[]): boolean {
    if (unheard.length > 0) this.#listeners.onHint(t().listenFirst(unheard.map(letterOf)));
    return this.#ballots.revealed || unheard.length > 0;
  }

  #refresh(number: number): void {
    const { root, takes, votes } = this.#cardAt(number);
    const { pairs, revealed } = this.#ballots;
    const row = this.#ballots.row(number);
    const unheard = this.#ballots.unheard(number);
    root.classList.toggle("complete", this.#ballots.isComplete(row));
    votes.forEach((group, place) => {
      const chosen = pairs ? row.choice : row.scores[place];
      const ready = pairs ? unheard.length === 0 : !unheard.includes(place);
      for (const button of group.querySelectorAll("button")) {
        button.disabled = revealed || !ready;
        button.setAttribute("aria-pressed", String(button.value === String(chosen)));
      }
    });
    takes.forEach(({ button }, place) => button.classList.toggle("unheard", unheard.includes(place) && !revealed));
  }

  #select(number: number): void {
    if (this.#current !== number) this.#place = 0;
    this.#current = number;
    this.#cards.forEach(({ root }, other) => root.classList.toggle("current", other === number));
  }

  /** Go to another sentence, as far as there is one. */
  #go(step: number): void {
    const card = this.#cards[this.#current + step];
    card?.root.focus({ preventScroll: true });
    card?.root.scrollIntoView({ block: "center" });
  }
}

function showNames(card: Card, candidates: Candidate[]): void {
  card.places.forEach(({ line, title }, place) => {
    const candidate = itemAt(candidates, place);
    title.replaceChildren(...titleOf(candidate));
    line.setAttribute("data-emotion", candidate.emotion);
  });
}
