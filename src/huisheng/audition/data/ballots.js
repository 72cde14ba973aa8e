/* What the listener has heard and chosen. Kept in the browser under the page's own number. */

const SAME = "same";

/** The browser's storage, or none where it is forbidden. */
function browserStorage() {
  try {
    return window.localStorage;
  } catch {
    return null;
  }
}

class Ballots {
  /** @param id of the page. @param sentences how many. @param places takes of each sentence. */
  constructor(id, sentences, places) {
    this.key = `huisheng.audition.${id}`;
    this.sentences = sentences;
    this.places = places;
    this.pairs = places === 2;
    this.kept = true;
    this.clear();
    this.load();
  }

  /** Nothing heard, nothing chosen. `choice` is a place or `SAME`, `scores` and `heard` go by place. */
  clear() {
    this.listener = "";
    this.revealed = false;
    this.rows = Array.from({ length: this.sentences }, () => ({
      choice: null,
      scores: Array(this.places).fill(null),
      heard: Array(this.places).fill(0),
    }));
  }

  /** Whether a sentence has all its votes. */
  complete(number) {
    const row = this.rows[number];
    return this.pairs ? row.choice !== null : row.scores.every((score) => score !== null);
  }

  get begun() {
    return this.rows.some((row) => row.choice !== null || row.scores.some((score) => score !== null));
  }

  get finished() {
    return this.rows.filter((_, number) => this.complete(number)).length;
  }

  choose(number, choice) {
    this.rows[number].choice = choice;
    this.save();
  }

  score(number, place, score) {
    this.rows[number].scores[place] = score;
    this.save();
  }

  hear(number, place) {
    this.rows[number].heard[place] += 1;
    this.save();
  }

  /** Places of a sentence that have not been heard. */
  unheard(number) {
    return this.rows[number].heard.flatMap((times, place) => (times === 0 ? [place] : []));
  }

  reveal() {
    this.revealed = true;
    this.save();
  }

  save() {
    const { listener, revealed, rows } = this;
    try {
      browserStorage().setItem(this.key, JSON.stringify({ listener, revealed, rows }));
    } catch {
      this.kept = false; // full, forbidden or absent: the page says so
    }
  }

  load() {
    this.kept = browserStorage() !== null;
    const found = parsed(browserStorage()?.getItem(this.key) ?? "");
    if (found === null || !Array.isArray(found.rows) || found.rows.length !== this.sentences) return;
    this.listener = typeof found.listener === "string" ? found.listener : "";
    this.revealed = found.revealed === true;
    found.rows.forEach((row, number) => this.take(this.rows[number], row));
  }

  /** Of what was kept only what can be meant. */
  take(row, found) {
    const places = Array.from({ length: this.places }, (_, place) => place);
    if ([...places, SAME].includes(found?.choice)) row.choice = found.choice;
    for (const place of places) {
      if ([1, 2, 3, 4, 5].includes(found?.scores?.[place])) row.scores[place] = found.scores[place];
      if (Number.isInteger(found?.heard?.[place])) row.heard[place] = Math.max(0, found.heard[place]);
    }
  }
}

/** What JSON holds, if it is an object. */
function parsed(text) {
  try {
    const value = JSON.parse(text);
    return typeof value === "object" ? value : null;
  } catch {
    return null;
  }
}

/** `A` for place 0. */
function letterOf(place) {
  return String.fromCharCode(65 + place);
}

/** The key, which stands in Base64 where names are hidden. */
function opened(key) {
  if (typeof key !== "string") return key;
  const bytes = Uint8Array.from(atob(key), (letter) => letter.charCodeAt(0));
  return JSON.parse(new TextDecoder().decode(bytes));
}

/** Votes by candidate: for pairs `wins` of each and `same`, else the scores of each. */
function counted(ballots, key) {
  const each = key.candidates.map(() => ({ wins: 0, scores: [] }));
  let same = 0;
  ballots.rows.forEach((row, number) => {
    const order = key.orders[number];
    if (row.choice === SAME) same += 1;
    else if (row.choice !== null) each[order[row.choice]].wins += 1;
    row.scores.forEach((score, place) => {
      if (score !== null) each[order[place]].scores.push(score);
    });
  });
  return { each, same };
}

/** What the votes say: for pairs the share of each candidate and the test of both, else the mean of each. */
function summary(ballots, key) {
  const { each, same } = counted(ballots, key);
  if (!ballots.pairs) return { means: each.map(({ scores }) => meanScore(scores)) };
  const [first, second] = each.map(({ wins }) => wins);
  const decided = first + second;
  return {
    decided,
    same,
    wins: [first, second],
    shares: [wilson(first, decided), wilson(second, decided)],
    p: decided === 0 ? null : signTest(first, second),
  };
}
