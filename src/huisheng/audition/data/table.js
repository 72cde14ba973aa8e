/* The open page: a row for each sentence, a column for each voice. */

function listeningTable(page, key, player) {
  const table = element("table", { className: "takes", role: "table" });
  table.append(tableHead(key));
  const body = element("tbody", { role: "rowgroup" });
  page.sentences.forEach((sentence, number) => body.append(tableRow(sentence, number, key, player)));
  table.append(body);
  table.addEventListener("keydown", moveInTable);
  return element("section", { className: "sheet scroll" }, table);
}

function tableHead(key) {
  const row = element("tr", { role: "row" }, element("th", { scope: "col", role: "columnheader" }, t().sentence));
  for (const candidate of key.candidates) {
    row.append(element("th", { scope: "col", role: "columnheader", "data-emotion": candidate.emotion }, ...titled(candidate)));
  }
  return element("thead", { role: "rowgroup" }, row);
}

/** Name over manner. */
function titled({ name, manner }) {
  const title = [element("span", { className: "name" }, name[language])];
  if (manner[language] !== "") title.push(element("span", { className: "manner" }, manner[language]));
  return title;
}

/** Both in one line. */
function nameOf({ name, manner }) {
  return [name[language], manner[language]].filter((part) => part !== "").join(" · ");
}

function tableRow(sentence, number, key, player) {
  const takes = [];
  const cells = sentence.takes.map(({ audio, seconds }, place) => {
    const candidate = key.candidates[place];
    const take = { audio, button: null, heard: () => {} };
    take.button = playButton(t().play(nameOf(candidate), number + 1), "", () => player.toggle(take));
    takes.push(take);
    const length = element("span", { className: "seconds" }, t().seconds(seconds));
    const title = element("span", { className: "who", "aria-hidden": "true" }, ...titled(candidate));
    return element("td", { role: "cell", "data-emotion": candidate.emotion }, element("div", {}, take.button, title, length));
  });
  const all = element("button", { className: "quiet", type: "button", "aria-label": t().playAll(number + 1) }, t().all);
  all.addEventListener("click", () => player.startAll(takes));
  const said = element("div", {}, numeral(number), element("p", {}, sentence.text), all);
  return element("tr", { role: "row" }, element("th", { scope: "row", role: "rowheader" }, said), ...cells);
}

function numeral(number) {
  return element("span", { className: "numeral", "aria-hidden": "true" }, String(number + 1));
}

/** Arrow keys go from button to button. */
function moveInTable(event) {
  const step = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key];
  const cell = event.target.closest("td, th");
  if (step === undefined || cell === null || event.ctrlKey || event.metaKey || event.altKey) return;
  const rows = [...event.currentTarget.rows];
  const row = rows[rows.indexOf(cell.parentElement) + step[0]];
  const button = row?.cells[cell.cellIndex + step[1]]?.querySelector("button");
  if (button) {
    event.preventDefault();
    button.focus();
  }
}
