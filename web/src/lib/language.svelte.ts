/** The language that the pages speak. */

import { languageTags, preferredLanguage, type Language, type Translated } from "./languages";
import { browserStorage, keep } from "./storage";

const KEY = "huisheng.language";

class LanguageChoice {
  current: Language = $state(preferredLanguage(browserStorage()?.getItem(KEY) ?? null));

  /** The words that suit the reader. */
  of<T>(words: Translated<T>): T {
    return words[this.current];
  }

  /** The text of the two that suits the reader. */
  pick(chinese: string, english: string): string {
    return this.current === "zh" ? chinese : english || chinese;
  }

  choose(language: Language): void {
    this.current = language;
    keep(browserStorage(), KEY, language);
  }

  /** Between a name and what belongs to it. */
  get colon(): string {
    return this.pick("：", ": ");
  }

  toggle(): void {
    this.choose(this.current === "zh" ? "en" : "zh");
  }

  /** Tell assistive technology and the browser's tab. */
  announce(title: string): void {
    document.documentElement.lang = languageTags[this.current];
    document.title = title;
  }
}

export const language = new LanguageChoice();
