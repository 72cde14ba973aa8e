/* The page: what stands where, and what keys and buttons do. */

const page = JSON.parse(document.getElementById("content").textContent);
const ballots = new Ballots(page.id, page.sentences.length, page.sentences[0].takes.length);
const player = new Player(() => warn(t().cannotPlay));
const main = document.getElementById("main");
let language = firstLanguage(keptLanguage(), page.language, navigator.language);
let trials = null;
let notice = null;

function t() {
  return WORDS[language];
}

/** Shown at the bottom, and told to who cannot see it. */
function say(text) {
  document.getElementById("status").textContent = text;
  const hint = document.getElementById("hint");
  if (hint !== null) hint.textContent = text;
}

/** Shown above everything. */
function warn(text) {
  notice.textContent = text;
}

function keptLanguage() {
  return browserStorage()?.getItem(LANGUAGE_KEY) ?? "";
}

/** Everything in the language of now. */
function draw() {
  player.stop();
  drawFrame();
  if (page.blind) drawBlind();
  else drawOpen();
}

function drawFrame() {
  const heading = page.blind ? t().headingBlind : t().heading;
  document.documentElement.lang = t().tag;
  document.title = `${heading} · ${t().product}`;
  document.getElementById("heading").textContent = heading;
  document.getElementById("tagline").textContent = page.blind ? t().taglineBlind : t().tagline;
  document.getElementById("label-english").hidden = language !== "en";
  document.getElementById("footer").replaceChildren(
    element("span", {}, t().generated),
    element("span", {}, t().madeBy),
  );
  const button = document.getElementById("language");
  button.textContent = t().switchLanguage;
  button.setAttribute("aria-label", t().switchLanguageLabel);
}

function drawOpen() {
  main.replaceChildren(noticeLine(), keyList(t().keysTable), listeningTable(page, opened(page.key), player));
}

function noticeLine() {
  notice = element("p", { className: "notice", role: "alert" });
  return notice;
}

function drawBlind() {
  trials = new Trials(page, ballots, player, drawProgress, say);
  const parts = [noticeLine(), trials.section(ballots.revealed ? opened(page.key) : undefined)];
  if (ballots.revealed) main.replaceChildren(results(page, ballots, opened(page.key), askAgain), ...parts);
  else main.replaceChildren(guide(), ...parts, progressBar());
  if (!ballots.revealed) drawProgress();
}

function guide() {
  const last = letterOf(ballots.places - 1);
  const how = ballots.pairs ? t().guidePairs : t().guideScores(last);
  const keys = keyList(ballots.pairs ? t().keysPairs : t().keysScores(last));
  const field = element("input", { type: "text", maxLength: 60, autocomplete: "off", value: ballots.listener });
  field.addEventListener("input", () => {
    ballots.listener = field.value;
    ballots.save();
  });
  const listener = element("label", { className: "listener" }, element("span", {}, t().listener), field);
  return element("section", { className: "guide" }, element("p", {}, how), element("p", {}, t().guideKept), keys, listener);
}

function progressBar() {
  const words = element("p", { id: "progress" });
  const bar = element("progress", { id: "progress-bar", max: ballots.sentences, "aria-label": t().progressLabel });
  const button = element("button", { id: "reveal", type: "button", onclick: askReveal }, t().reveal);
  const state = element("div", {}, words, bar, element("p", { id: "hint", className: "hint" }, t().revealHint));
  return element("section", { className: "bar" }, state, button);
}

function drawProgress() {
  document.getElementById("progress").textContent = t().progress(ballots.finished, ballots.sentences);
  document.getElementById("progress-bar").value = ballots.finished;
  document.getElementById("reveal").disabled = !ballots.begun;
  document.getElementById("hint").textContent = t().revealHint;
  if (!ballots.kept) warn(t().storageFull);
}

function askReveal() {
  player.stop();
  ask(t().askTitle, t().ask(ballots.sentences - ballots.finished), t().yes, () => {
    ballots.reveal();
    draw();
    const heading = main.querySelector("h2");
    heading.focus({ preventScroll: true });
    window.scrollTo({ top: 0 });
  });
}

function askAgain() {
  ask(t().askAgain, t().askAgainText, t().yesAgain, () => {
    ballots.clear();
    ballots.save();
    draw();
    window.scrollTo({ top: 0 });
  });
}

/** A question with two answers; `agreed` is done after yes. */
function ask(title, text, yes, agreed) {
  const form = element("form", { method: "dialog" });
  form.append(
    element("h2", { className: "heading" }, title),
    element("p", {}, text),
    element("div", {}, element("button", { className: "quiet", value: "" }, t().no), element("button", { value: "yes" }, yes)),
  );
  const dialog = element("dialog", { className: "sheet", "aria-label": title }, form);
  dialog.addEventListener("close", () => {
    dialog.remove();
    if (dialog.returnValue === "yes") agreed();
  });
  document.body.append(dialog);
  dialog.showModal();
}

function onKey(event) {
  const typing = event.target instanceof HTMLInputElement;
  const asking = document.querySelector("dialog") !== null;
  if (typing || asking || event.repeat || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  const onButton = event.target instanceof HTMLButtonElement;
  if (event.key === " " && !onButton) player.repeat();
  else if (trials === null || !trials.press(event.key)) return;
  event.preventDefault();
}

document.getElementById("language").addEventListener("click", () => {
  language = language === "zh" ? "en" : "zh";
  try {
    browserStorage()?.setItem(LANGUAGE_KEY, language);
  } catch {
    ballots.kept = false; // full: the language lasts as long as the page
  }
  draw();
});
document.addEventListener("keydown", onKey);
draw();
