/* The blind page: a card for each sentence, a letter for each place. */

class Trials {
  /** @param changed called after every vote. @param said shows a line to the listener. */
  constructor(page, ballots, player, changed, said) {
    this.page = page;
    this.ballots = ballots;
    this.player = player;
    this.changed = changed;
    this.said = said;
    this.current = 0;
    this.place = 0;
    this.cards = page.sentences.map((sentence, number) => this.card(sentence, number));
  }

  /** The cards; `key` gives names once it is open. */
  section(key) {
    this.cards.forEach((card, number) => {
      this.name(card, key?.orders[number].map((candidate) => key.candidates[candidate]));
      this.refresh(number);
    });
    return element("section", { className: "trials" }, ...this.cards.map(({ root }) => root));
  }

  card(sentence, number) {
    const takes = sentence.takes.map(({ audio }, place) => this.take(audio, number, place));
    const votes = this.ballots.pairs ? [this.choices(number)] : takes.map((_, place) => this.scale(number, place));
    const places = takes.map(({ button }, place) => {
      const who = element("span", { className: "who" });
      const line = element("div", { className: "place" }, button, who);
      if (!this.ballots.pairs) line.append(votes[place]);
      return { line, who };
    });
    const listen = element("div", { className: "places" }, ...places.map(({ line }) => line));
    const text = element("p", { className: "text" }, numeral(number), sentence.text);
    const root = element("article", { className: "sheet trial", tabIndex: -1, "aria-label": t().number(number + 1) }, text, listen);
    if (this.ballots.pairs) root.append(votes[0]);
    root.addEventListener("focusin", () => this.stand(number));
    root.addEventListener("pointerdown", () => this.stand(number));
    return { root, takes, votes, places };
  }

  take(audio, number, place) {
    const take = { audio, button: null, heard: () => this.hear(number, place) };
    const letter = letterOf(place);
    take.button = playButton(t().play(letter, number + 1), letter, () => {
      this.place = place;
      this.player.toggle(take);
    });
    return take;
  }

  choices(number) {
    const options = [[0, t().better("A")], [SAME, t().same], [1, t().better("B")]];
    const buttons = options.map(([choice, label]) =>
      element("button", { type: "button", value: String(choice), onclick: () => this.choose(number, choice) }, label),
    );
    return element("div", { className: "choices", role: "group", "aria-label": t().question(number + 1) }, ...buttons);
  }

  scale(number, place) {
    const buttons = t().grades.map((grade, index) =>
      element(
        "button",
        {
          type: "button",
          value: String(index + 1),
          title: grade,
          "aria-label": `${t().score(letterOf(place), index + 1)} ${grade}`,
          onclick: () => this.score(number, place, index + 1),
        },
        String(index + 1),
      ),
    );
    const label = t().scoring(letterOf(place), number + 1);
    return element("div", { className: "scale", role: "group", "aria-label": label }, ...buttons);
  }

  hear(number, place) {
    if (this.ballots.revealed) return;
    this.ballots.hear(number, place);
    this.refresh(number);
  }

  choose(number, choice) {
    if (this.barred(number, this.ballots.unheard(number))) return;
    this.ballots.choose(number, choice);
    this.refresh(number);
    this.changed();
  }

  score(number, place, score) {
    if (this.barred(number, this.ballots.unheard(number).filter((unheard) => unheard === place))) return;
    this.ballots.score(number, place, score);
    this.refresh(number);
    this.changed();
  }

  /** Whether a vote cannot be given: names are known, or something has not been heard. */
  barred(number, unheard) {
    if (unheard.length > 0) this.said(t().listenFirst(unheard.map(letterOf)));
    return this.ballots.revealed || unheard.length > 0;
  }

  refresh(number) {
    const { root, takes, votes } = this.cards[number];
    const row = this.ballots.rows[number];
    const unheard = this.ballots.unheard(number);
    root.classList.toggle("complete", this.ballots.complete(number));
    votes.forEach((group, place) => {
      const chosen = this.ballots.pairs ? row.choice : row.scores[place];
      const ready = this.ballots.pairs ? unheard.length === 0 : !unheard.includes(place);
      for (const button of group.children) {
        button.disabled = this.ballots.revealed || !ready;
        button.setAttribute("aria-pressed", String(button.value === String(chosen)));
      }
    });
    takes.forEach(({ button }, place) => {
      button.classList.toggle("unheard", unheard.includes(place) && !this.ballots.revealed);
    });
  }

  name(card, candidates) {
    card.places.forEach(({ line, who }, place) => {
      who.replaceChildren(...(candidates === undefined ? [] : titled(candidates[place])));
      if (candidates !== undefined) line.setAttribute("data-emotion", candidates[place].emotion);
    });
  }

  stand(number) {
    if (this.current !== number) this.place = 0;
    this.current = number;
    this.cards.forEach(({ root }, other) => root.classList.toggle("current", other === number));
  }

  /** Go to another sentence, as far as there is one. */
  go(step) {
    const number = this.current + step;
    if (number < 0 || number >= this.cards.length) return;
    const { root } = this.cards[number];
    root.focus({ preventScroll: true });
    root.scrollIntoView({ block: "center" });
  }

  /** Do what a key asks; whether it asked for anything. */
  press(key) {
    const place = key.length === 1 ? key.toUpperCase().charCodeAt(0) - 65 : -1;
    if (place >= 0 && place < this.ballots.places) this.cards[this.current].takes[place].button.click();
    else if (this.ballots.pairs && "123".includes(key)) this.choose(this.current, [0, SAME, 1][Number(key) - 1]);
    else if (!this.ballots.pairs && "12345".includes(key)) this.score(this.current, this.place, Number(key));
    else if (key === "ArrowDown") this.go(1);
    else if (key === "ArrowUp") this.go(-1);
    else return false;
    return true;
  }
}
