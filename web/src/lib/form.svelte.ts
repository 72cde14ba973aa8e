/** A form: what is wrong in which field, and how its sending goes. */

import { tick } from "svelte";

import { ApiError } from "./http";
import type { Translated } from "./languages";

/** Name of a field → what is wrong with it. */
export type Faults = Readonly<Record<string, Translated<string> | undefined>>;

export class Form {
  busy = $state(false);
  faults: Faults = $state.raw({});
  /** What the server said, where it names no field of the form. */
  failure: ApiError | undefined = $state.raw();
  readonly #fields: readonly string[];

  /** @param fields names as the server knows them; refusals that name one are shown there. */
  constructor(fields: readonly string[] = []) {
    this.#fields = fields;
  }

  /** Send, unless something is wrong; whether it went well. */
  async submit(faults: Faults, send: () => Promise<unknown>): Promise<boolean> {
    if (this.busy) return false;
    this.failure = undefined;
    this.faults = faults;
    if (Object.values(faults).some((fault) => fault !== undefined)) {
      await focusFirstFault();
      return false;
    }
    this.busy = true;
    try {
      await send();
      return true;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      await this.#show(error);
      return false;
    } finally {
      this.busy = false;
    }
  }

  /** Show a refusal at a field that the server does not name. */
  blame(field: string, fault: Translated<string>): void {
    this.failure = undefined;
    this.faults = { [field]: fault };
    void focusFirstFault();
  }

  async #show(error: ApiError): Promise<void> {
    if (!this.#fields.includes(error.field)) {
      this.failure = error;
      return;
    }
    this.faults = { [error.field]: { zh: error.message, en: error.english } };
    await focusFirstFault();
  }
}

async function focusFirstFault(): Promise<void> {
  await tick();
  document.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
}
