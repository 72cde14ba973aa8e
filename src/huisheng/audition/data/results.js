/* What came out, once the listener asks. */

/** Results of all votes, with buttons that export them. */
function results(page, ballots, key, restart) {
  const found = summary(ballots, key);
  const heading = element("h2", { className: "heading", tabIndex: -1 }, t().results);
  const body = ballots.pairs ? preferenceFigure(found, key) : scoreFigure(found, key);
  const name = `huisheng-audition-${page.id}`;
  const csv = element("button", { className: "quiet", type: "button" }, t().csv);
  csv.addEventListener("click", () => download(`${name}.csv`, "text/csv;charset=utf-8", asCsv(page, ballots, key)));
  const json = element("button", { className: "quiet", type: "button" }, t().json);
  json.addEventListener("click", () => download(`${name}.json`, "application/json", asJson(page, ballots, key)));
  const again = element("button", { className: "quiet", type: "button", onclick: restart }, t().again);
  const files = element("div", { className: "files" }, csv, json, again);
  const caution = element("p", { className: "caution" }, t().caution);
  return element("section", { className: "sheet results", "aria-label": t().results }, heading, ...body, caution, files);
}

function percent(value) {
  return `${(100 * value).toFixed(0)}%`;
}

function probability(p) {
  return p < 0.001 ? "p < 0.001" : `p = ${p.toFixed(3)}`;
}

function preferenceFigure(found, key) {
  const total = found.decided + found.same;
  const bar = element("div", { className: "split" });
  const parts = [
    [found.wins[0], nameOf(key.candidates[0]), "first"],
    [found.same, t().same, "same"],
    [found.wins[1], nameOf(key.candidates[1]), "second"],
  ];
  const legend = element("ul", { className: "legend" });
  for (const [count, label, kind] of parts) {
    const piece = element("span", { className: kind, "aria-hidden": "true" });
    piece.style.flexGrow = String(count);
    if (count > 0) bar.append(piece);
    const words = [element("span", { className: `dot ${kind}` }), element("strong", {}, label), ` ${t().votes(count)}`];
    legend.append(element("li", {}, ...words));
  }
  return [...(total > 0 ? [bar] : []), legend, ...preferenceWords(found, key)];
}

function preferenceWords(found, key) {
  if (found.decided === 0) return [element("p", {}, t().noPreference)];
  const ahead = found.wins[1] > found.wins[0] ? 1 : 0;
  const { share, low, high } = found.shares[ahead];
  const name = nameOf(key.candidates[ahead]);
  const words = t().preference(name, found.wins[ahead], found.decided, percent(share), percent(low), percent(high));
  const verdict = found.decided < 6 ? t().tooFew : found.p < 0.05 ? t().verdict : t().noVerdict;
  return [element("p", {}, words), element("p", {}, `${t().signTest(probability(found.p))} ${verdict}`)];
}

function scoreFigure(found, key) {
  const order = key.candidates.map((_, place) => place);
  order.sort((one, other) => (found.means[other]?.mean ?? 0) - (found.means[one]?.mean ?? 0));
  const list = element("ol", { className: "means" }, ticks());
  for (const place of order) list.append(scoreLine(key.candidates[place], found.means[place]));
  return [list, element("p", { className: "caution" }, t().meanNote)];
}

/** The numbers of the scale, over the lines that stand at them. */
function ticks() {
  const axis = element("div", { className: "axis ticks" });
  for (const score of [1, 2, 3, 4, 5]) {
    const tick = element("span", {}, String(score));
    tick.style.left = at(score);
    axis.append(tick);
  }
  return element("li", { "aria-hidden": "true" }, element("span"), axis, element("span"));
}

function scoreLine(candidate, mean) {
  const axis = element("div", { className: "axis", "aria-hidden": "true" });
  if (mean !== null) axis.append(...whisker(mean));
  const title = element("span", { className: "who" }, ...titled(candidate));
  const words = element("span", { className: "value" }, meanWords(mean));
  return element("li", { "data-emotion": candidate.emotion }, title, axis, words);
}

/** Where a score stands on the scale. */
function at(score) {
  return `${(100 * (score - 1)) / 4}%`;
}

/** The interval as a line and the mean as a point, on a scale from 1 to 5. */
function whisker({ mean, low, high }) {
  const line = element("span", { className: "line" });
  line.style.left = at(low ?? mean);
  line.style.right = at(6 - (high ?? mean)); // from the other end
  const point = element("span", { className: "point" });
  point.style.left = at(mean);
  return [line, point];
}

function meanWords(mean) {
  if (mean === null) return t().noScore;
  if (mean.low === null) return t().meanAlone(mean.mean.toFixed(2));
  return t().mean(mean.mean.toFixed(2), mean.low.toFixed(2), mean.high.toFixed(2));
}
