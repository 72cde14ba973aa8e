/** Who is signed in on the first page, and what is left. Asked only where this browser has signed in. */

import type { Session } from "../server/account";
import { amountOf } from "./amounts";
import { csrfToken } from "./csrf";
import { ApiError, getJson } from "./http";
import type { Language } from "./languages";

class Entry {
  body: Session | undefined = $state.raw();

  /** Learn it (anew); a failure leaves what is known, but nobody is signed in after a 401. */
  async load(): Promise<void> {
    if (csrfToken() === "") return;
    try {
      this.body = await getJson<Session>("/api/account");
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (error.status === 401) this.body = undefined;
    }
  }

  /** What is left in all meters: `97 次`. */
  left(language: Language): string {
    return (this.body?.balances ?? []).map(({ meter, remaining }) => amountOf(meter, remaining, language)).join(" · ");
  }
}

export const entry = new Entry();
