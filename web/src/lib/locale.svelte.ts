/** The language the page speaks now. */

import { dictionaries, languageTags, preferredLanguage, type Language, type Messages } from "./i18n";
import { browserStorage, keep } from "./storage";

const KEY = "huisheng.language";

class Locale {
  language: Language = $state(preferredLanguage(browserStorage()?.getItem(KEY) ?? null));

  get t(): Messages {
    return dictionaries[this.language];
  }

  /** The text of the two that suits the reader. */
  pick(chinese: string, english: string): string {
    return this.language === "zh" ? chinese : english || chinese;
  }

  toggle(): void {
    this.language = this.language === "zh" ? "en" : "zh";
    keep(browserStorage(), KEY, this.language);
  }

  /** Tell assistive technology and the browser's tab. */
  announce(): void {
    document.documentElement.lang = languageTags[this.language];
    document.title = this.t.title;
  }
}

export const locale = new Locale();
