/* Votes as files. */

const COLUMNS = [
  ...["record", "listener", "sentence", "text", "candidate", "place", "heard", "vote"],
  ...["count", "estimate", "low", "high", "p_value"],
];

/** Everything, with names. */
function asJson(page, ballots, key) {
  const ids = key.candidates.map(({ id }) => id);
  const found = summary(ballots, key);
  const votes = ballots.rows.map((row, number) => ({
    sentence: number + 1,
    text: page.sentences[number].text,
    order: key.orders[number].map((candidate) => ids[candidate]),
    heard: row.heard,
    ...(ballots.pairs ? { vote: voteOf(row.choice), preferred: preferred(row, key.orders[number], ids) } : { scores: row.scores }),
  }));
  const content = {
    format: "huisheng.audition/1",
    page: page.id,
    kind: ballots.pairs ? "preference" : "score",
    listener: ballots.listener,
    seed: key.seed,
    candidates: key.candidates.map(({ id, name, manner }) => ({ id, name, manner })),
    votes,
    summary: ballots.pairs ? preferenceSummary(found, ids) : scoreSummary(found, ids),
  };
  return `${JSON.stringify(content, null, 1)}\n`;
}

function voteOf(choice) {
  return choice === null || choice === SAME ? choice : letterOf(choice);
}

function preferred(row, order, ids) {
  return row.choice === null || row.choice === SAME ? null : ids[order[row.choice]];
}

function preferenceSummary(found, ids) {
  return {
    interval: "Wilson, 95%",
    test: "sign test, exact, two-sided",
    decided: found.decided,
    same: found.same,
    p_value: found.p,
    candidates: ids.map((id, place) => ({ id, wins: found.wins[place], ...(found.shares[place] ?? { share: null, low: null, high: null }) })),
  };
}

function scoreSummary(found, ids) {
  const none = { count: 0, mean: null, deviation: null, low: null, high: null };
  return { interval: "Student t, 95%", candidates: ids.map((id, place) => ({ id, ...(found.means[place] ?? none) })) };
}

/** A line for each take, then a line for each candidate (RFC 4180). */
function asCsv(page, ballots, key) {
  const lines = [COLUMNS, ...takeLines(page, ballots, key), ...summaryLines(ballots, key)];
  return `\ufeff${lines.map((line) => line.map(cell).join(",")).join("\r\n")}\r\n`; // the mark tells Excel it is UTF-8
}

function takeLines(page, ballots, key) {
  return ballots.rows.flatMap((row, number) =>
    key.orders[number].map((candidate, place) => [
      ...["vote", ballots.listener, number + 1, page.sentences[number].text],
      ...[key.candidates[candidate].id, letterOf(place), row.heard[place], ballots.pairs ? pairVote(row, place) : row.scores[place]],
      ...Array(5).fill(null),
    ]),
  );
}

/** 1 for the take that was preferred, 0 for the other, 0.5 for both where there is no difference. */
function pairVote(row, place) {
  if (row.choice === null) return null;
  return row.choice === SAME ? 0.5 : Number(row.choice === place);
}

function summaryLines(ballots, key) {
  const found = summary(ballots, key);
  return key.candidates.map(({ id }, place) => [
    ...["summary", ballots.listener, null, null, id, null, null, null],
    ...(ballots.pairs ? shareCells(found, place) : meanCells(found.means[place])),
  ]);
}

function shareCells(found, place) {
  const { share, low, high } = found.shares[place] ?? { share: null, low: null, high: null };
  return [found.decided, share, low, high, found.p];
}

function meanCells(found) {
  return found === null ? [0, null, null, null, null] : [found.count, found.mean, found.low, found.high, null];
}

/** A cell; text that a spreadsheet would take for a formula gets an apostrophe before it. */
function cell(value) {
  if (typeof value !== "string") return value === null ? "" : String(value);
  const harmless = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}

/** Hand a file to the listener. */
function download(name, type, text) {
  const address = URL.createObjectURL(new Blob([text], { type }));
  const link = element("a", { href: address, download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 60_000); // the browser may still be reading it
}
