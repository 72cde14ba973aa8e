/** The words of the first page in the language that it speaks now. */

import { dictionaries, type Messages } from "./i18n";
import { language } from "./language.svelte";

class Locale {
  get t(): Messages {
    return language.of(dictionaries);
  }

  /** The text of the two that suits the reader. */
  pick(chinese: string, english: string): string {
    return language.pick(chinese, english);
  }

  announce(): void {
    language.announce(this.t.title);
  }
}

export const locale = new Locale();
