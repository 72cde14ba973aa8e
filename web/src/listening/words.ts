/** Every word the page shows, in Chinese and in English, and the language of now. */

import type { Language } from "../lib/languages";
import { browserStorage, keep } from "../lib/storage";
import type { Bilingual } from "./content";

const chinese = {
  tag: "zh-CN",
  product: "绘声",
  heading: "试听",
  headingBlind: "盲听",
  tagline: "同样的句子，放在一起听。",
  taglineBlind: "不看名字，只凭耳朵。",
  switchLanguage: "English",
  switchLanguageLabel: "切换到英文界面",
  sentence: "句子",
  number: (number: number) => `第 ${number} 句`,
  play: (name: string, number: number) => `播放 ${name}，第 ${number} 句`,
  playAll: (number: number) => `连着播放第 ${number} 句的每一种声音`,
  all: "连播",
  seconds: (seconds: number) => `${seconds.toFixed(1)} 秒`,
  keysTable: [["← → ↑ ↓", "换一个"], ["空格", "播放、停止"]],
  guidePairs: "每一句有 A、B 两个声音，哪个在前是打乱的。两个都听过（没听过的带红点），再选听上去更自然、更像真人的一个；分不出，就选“没有区别”。可以反复听，也可以改。",
  guideScores: (last: string) =>
    `每一句有 A 到 ${last} 几个声音，次序是打乱的。听过一个（没听过的带红点），就给它打分：5 分像真人一样自然，1 分很不自然。可以反复听，也可以改。`,
  guideKept: "选择只存在这个浏览器里，关掉再打开也在。名字要到揭晓时才显示。",
  keysPairs: [["A B", "播放"], ["1 2 3", "A 更好、没有区别、B 更好"], ["↑ ↓", "上一句、下一句"], ["空格", "播放、停止"]],
  keysScores: (last: string) => [[`A – ${last}`, "播放"], ["1 – 5", "给刚听的打分"], ["↑ ↓", "上一句、下一句"], ["空格", "播放、停止"]],
  better: (letter: string) => `${letter} 更好`,
  same: "没有区别",
  question: (number: number) => `第 ${number} 句，哪个更自然`,
  score: (letter: string, score: number) => `${letter}：${score} 分`,
  grades: ["很不自然", "不太自然", "一般", "比较自然", "像真人"],
  scoring: (letter: string, number: number) => `给第 ${number} 句的 ${letter} 打分`,
  listenFirst: (letters: string[]) => `先听 ${letters.join("、")}，再选。`,
  progress: (done: number, total: number) => `已投 ${done} / ${total} 句`,
  progressLabel: "投票进度",
  reveal: "揭晓",
  revealHint: "投一句就可以揭晓；揭晓以后不能再改。",
  askTitle: "现在揭晓？",
  ask: (left: number) => (left ? `还有 ${left} 句没有投完。揭晓以后不能再投，也不能再改。` : "揭晓以后不能再改。"),
  askAgain: "重新开始？",
  askAgainText: "会清除这个浏览器里的全部选择。请先导出。",
  yes: "揭晓",
  yesAgain: "清除",
  no: "再想想",
  listener: "听者（可不填，会写进导出的文件）",
  results: "结果",
  votes: (count: number) => `${count} 票`,
  preference: (name: string, wins: number, decided: number, share: string, low: string, high: string) =>
    `有偏好的 ${decided} 票中，${wins} 票给了${name}：${share}，95% 置信区间 ${low}–${high}（Wilson）。`,
  noPreference: "没有带偏好的票，算不出比例。",
  signTest: (p: string) => `双侧符号检验 ${p}。`,
  verdict: "这样的差别很难用偶然解释。",
  noVerdict: "这些票还不能说明哪个更好，掷硬币也常会这样。",
  tooFew: "带偏好的票不到 6 张，无论怎样投都达不到 p < 0.05。",
  mean: (mean: string, low: string, high: string) => `${mean}（95% 区间 ${low}–${high}）`,
  meanAlone: (mean: string) => `${mean}（只有一票，没有区间）`,
  noScore: "没有分数",
  meanNote: "平均分，横线是 95% 置信区间（t 分布）。",
  caution: "区间只说明这一位听者、这些句子。想知道别人是否同意，请多人各听一遍，把导出的表格合在一起看。",
  csv: "导出 CSV",
  json: "导出 JSON",
  again: "重新开始",
  storageFull: "浏览器不让这一页保存，关掉以后选择会丢失，请投完就揭晓并导出。",
  cannotPlay: "浏览器播放不了这个声音，请换一个浏览器，或用 --format wav 重新生成。",
  generated: "人工智能生成合成的声音",
  madeBy: "由绘声生成",
};

type Words = typeof chinese;

const english: Words = {
  tag: "en",
  product: "Huisheng",
  heading: "Audition",
  headingBlind: "Blind test",
  tagline: "The same sentences, side by side.",
  taglineBlind: "No names, only your ears.",
  switchLanguage: "中文",
  switchLanguageLabel: "Switch to Chinese",
  sentence: "Sentence",
  number: (number) => `Sentence ${number}`,
  play: (name, number) => `Play ${name}, sentence ${number}`,
  playAll: (number) => `Play every voice of sentence ${number} in turn`,
  all: "All",
  seconds: (seconds) => `${seconds.toFixed(1)} s`,
  keysTable: [["← → ↑ ↓", "move"], ["Space", "play, stop"]],
  guidePairs:
    "Every sentence is spoken by two voices, A and B, in shuffled order. Hear both (a red dot marks what you have not heard), then choose the one that sounds more natural, more like a person, or say that you hear no difference. Listen again and change your mind as you like.",
  guideScores: (last) =>
    `Every sentence is spoken by voices A to ${last}, in shuffled order. Hear one (a red dot marks what you have not heard), then score it: 5 is as natural as a person, 1 is very unnatural. Listen again and change your mind as you like.`,
  guideKept: "Your choices stay in this browser and outlast a reload. Names are shown when you reveal them.",
  keysPairs: [["A B", "play"], ["1 2 3", "A better, no difference, B better"], ["↑ ↓", "sentence"], ["Space", "play, stop"]],
  keysScores: (last) => [[`A – ${last}`, "play"], ["1 – 5", "score what you heard last"], ["↑ ↓", "sentence"], ["Space", "play, stop"]],
  better: (letter) => `${letter} is better`,
  same: "No difference",
  question: (number) => `Sentence ${number}: which is more natural`,
  score: (letter, score) => `${letter}: ${score}`,
  grades: ["bad", "poor", "fair", "good", "excellent"],
  scoring: (letter, number) => `Score ${letter} of sentence ${number}`,
  listenFirst: (letters) => `Hear ${letters.join(", ")} first.`,
  progress: (done, total) => `${done} of ${total} sentences`,
  progressLabel: "Progress",
  reveal: "Reveal",
  revealHint: "One vote is enough to reveal. After that nothing can be changed.",
  askTitle: "Reveal now?",
  ask: (left) => (left ? `${left} of the sentences are not finished. ` : "") + "After this no vote can be given or changed.",
  askAgain: "Start again?",
  askAgainText: "This clears every vote in this browser. Export them first.",
  yes: "Reveal",
  yesAgain: "Clear",
  no: "Not yet",
  listener: "Listener (optional, written into the exported files)",
  results: "Results",
  votes: (count) => `${count} ${count === 1 ? "vote" : "votes"}`,
  preference: (name, wins, decided, share, low, high) =>
    `${wins} of the ${decided} votes with a preference are for ${name}: ${share}, 95% confidence interval ${low}–${high} (Wilson).`,
  noPreference: "No vote shows a preference, so there is no share.",
  signTest: (p) => `Two-sided sign test: ${p}.`,
  verdict: "Chance alone would rarely make such a difference.",
  noVerdict: "These votes do not show which is better; tossing a coin often ends like this.",
  tooFew: "With fewer than 6 preferences no outcome reaches p < 0.05.",
  mean: (mean, low, high) => `${mean} (95% interval ${low}–${high})`,
  meanAlone: (mean) => `${mean} (a single vote, no interval)`,
  noScore: "no scores",
  meanNote: "Mean score; the line is the 95% confidence interval (t distribution).",
  caution:
    "The interval speaks of this listener and these sentences. To learn whether others agree, let several people listen and put their tables together.",
  csv: "Export CSV",
  json: "Export JSON",
  again: "Start again",
  storageFull: "The browser keeps nothing for this page: votes are lost when it closes. Reveal and export when you are done.",
  cannotPlay: "This browser cannot play the sound. Try another, or make the page with --format wav.",
  generated: "AI-generated speech",
  madeBy: "Made by Huisheng",
};

const WORDS: Record<Language, Words> = { zh: chinese, en: english };

const LANGUAGE_KEY = "huisheng.language";

/** The language of now. */
let language: Language = "zh";

/** The words in the language of now. */
export function t(): Words {
  return WORDS[language];
}

/** Its text in the language of now. */
export function pick(text: Bilingual): string {
  return text[language];
}

export function isEnglish(): boolean {
  return language === "en";
}

/** Begin with the language kept from last time, else the page's own, else the reader's. */
export function chooseLanguage(wanted: string): void {
  const kept = browserStorage()?.getItem(LANGUAGE_KEY) ?? "";
  const reader = navigator.language.toLowerCase().startsWith("zh") ? "zh" : "en";
  language = [kept, wanted].find((name): name is Language => name in WORDS) ?? reader;
}

export function toggleLanguage(): void {
  language = language === "zh" ? "en" : "zh";
  keep(browserStorage(), LANGUAGE_KEY, language);
}
