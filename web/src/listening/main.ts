/** The listening test: what stands where, and what keys and buttons do. */

import "../tokens.css";
import "../base.css";
import "./page.css";
import { Ballots } from "./ballots";
import { decodeKey, itemAt, letterOf, readContent } from "./content";
import { element, elementById, keyList } from "./elements";
import { TakePlayer } from "./player";
import { results } from "./results";
import { listeningTable } from "./table";
import { Trials } from "./trials";
import { chooseLanguage, isEnglish, t, toggleLanguage } from "./words";

const page = readContent();
const ballots = new Ballots(page.id, page.sentences.length, itemAt(page.sentences, 0).takes.length);
const player = new TakePlayer(() => warn(t().cannotPlay));
const main = elementById("main");
let trials: Trials | undefined;
let notice: HTMLElement | undefined;

/** Show a line at the bottom, and tell it to assistive technology. */
function showHint(text: string): void {
  elementById("status").textContent = text;
  const hint = document.getElementById("hint");
  if (hint !== null) hint.textContent = text;
}

/** Show a line above everything. */
function warn(text: string): void {
  if (notice !== undefined) notice.textContent = text;
}

/** Draw everything in the language of now. */
function draw(): void {
  player.stop();
  drawFrame();
  if (page.blind) drawBlind();
  else drawTable();
}

function drawFrame(): void {
  const heading = page.blind ? t().headingBlind : t().heading;
  document.documentElement.lang = t().tag;
  document.title = `${heading} · ${t().product}`;
  elementById("heading").textContent = heading;
  elementById("tagline").textContent = page.blind ? t().taglineBlind : t().tagline;
  elementById("label-english").hidden = !isEnglish();
  elementById("footer").replaceChildren(element("span", {}, t().generated), element("span", {}, t().madeBy));
  elementById("language").textContent = t().switchLanguage;
  elementById("language").setAttribute("aria-label", t().switchLanguageLabel);
}

function drawTable(): void {
  main.replaceChildren(noticeLine(), keyList(t().keysTable), listeningTable(page, decodeKey(page.key), player));
}

function noticeLine(): HTMLElement {
  notice = element("p", { className: "notice", role: "alert" });
  return notice;
}

function drawBlind(): void {
  trials = new Trials(page, ballots, player, { onVote: drawProgress, onHint: showHint });
  if (ballots.revealed) {
    const key = decodeKey(page.key);
    main.replaceChildren(results(page, ballots, key, askAgain), noticeLine(), trials.section(key));
  } else {
    main.replaceChildren(guide(), noticeLine(), trials.section(), progressBar());
    drawProgress();
  }
}

function guide(): HTMLElement {
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

function progressBar(): HTMLElement {
  const words = element("p", { id: "progress" });
  const bar = element("progress", { id: "progress-bar", max: ballots.sentences, "aria-label": t().progressLabel });
  const button = element("button", { id: "reveal", className: "primary", type: "button", onclick: askReveal }, t().reveal);
  const state = element("div", {}, words, bar, element("p", { id: "hint", className: "hint" }, t().revealHint));
  return element("section", { className: "bar" }, state, button);
}

function drawProgress(): void {
  elementById("progress").textContent = t().progress(ballots.finished, ballots.sentences);
  (elementById("progress-bar") as HTMLProgressElement).value = ballots.finished;
  (elementById("reveal") as HTMLButtonElement).disabled = !ballots.begun;
  elementById("hint").textContent = t().revealHint;
  if (!ballots.kept) warn(t().storageFull);
}

function askReveal(): void {
  player.stop();
  ask(t().askTitle, t().ask(ballots.sentences - ballots.finished), t().yes, () => {
    ballots.reveal();
    draw();
    main.querySelector("h2")?.focus({ preventScroll: true });
    window.scrollTo({ top: 0 });
  });
}

function askAgain(): void {
  ask(t().askAgain, t().askAgainText, t().yesAgain, () => {
    ballots.clear();
    ballots.save();
    draw();
    window.scrollTo({ top: 0 });
  });
}

/** A question with two answers; `onYes` is called after yes. */
function ask(title: string, text: string, yes: string, onYes: () => void): void {
  const buttons = [
    element("button", { className: "quiet", value: "" }, t().no),
    element("button", { className: "primary", value: "yes" }, yes),
  ];
  const heading = element("h2", { className: "heading" }, title);
  const form = element("form", { method: "dialog" }, heading, element("p", {}, text), element("div", {}, ...buttons));
  const dialog = element("dialog", { className: "sheet", "aria-label": title }, form);
  dialog.addEventListener("close", () => {
    dialog.remove();
    if (dialog.returnValue === "yes") onYes();
  });
  document.body.append(dialog);
  dialog.showModal();
}

function onKey(event: KeyboardEvent): void {
  const typing = event.target instanceof HTMLInputElement;
  const asking = document.querySelector("dialog") !== null;
  if (typing || asking || event.repeat || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  const onButton = event.target instanceof HTMLButtonElement;
  if (event.key === " " && !onButton) player.repeat();
  else if (trials?.press(event.key) !== true) return;
  event.preventDefault();
}

elementById("language").addEventListener("click", () => {
  toggleLanguage();
  draw();
});
document.addEventListener("keydown", onKey);
chooseLanguage(page.language);
draw();
