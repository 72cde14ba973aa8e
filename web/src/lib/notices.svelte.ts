/** What has just been done, told for a moment at the foot of the page. */

import type { Translated } from "./languages";

const LASTS = 5000; // milliseconds

class Notices {
  current: Translated<string> | undefined = $state.raw();
  #timer: ReturnType<typeof setTimeout> | undefined;

  tell(zh: string, en: string): void {
    this.current = { zh, en };
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => (this.current = undefined), LASTS);
  }
}

export const notices = new Notices();
