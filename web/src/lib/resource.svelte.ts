/** Something that the server tells, as components watch it: not there yet, there, or refused. */

import { ApiError } from "./http";
import { getPage, type Filter } from "../server/lists";

export class Resource<T> {
  value: T | undefined = $state.raw();
  failure: ApiError | undefined = $state.raw();
  loading = $state(false);
  readonly #ask: (signal: AbortSignal) => Promise<T>;
  #abort = new AbortController();

  constructor(ask: (signal: AbortSignal) => Promise<T>) {
    this.#ask = ask;
  }

  /** Ask the server; an older question is given up. What is there stays until the answer comes. */
  async load(): Promise<void> {
    this.#abort.abort();
    this.#abort = new AbortController();
    const { signal } = this.#abort;
    this.loading = true;
    this.failure = undefined;
    try {
      this.value = await this.#ask(signal);
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof ApiError)) throw error;
      this.failure = error;
    }
    if (!signal.aborted) this.loading = false;
  }
}

/** A list that comes page by page. */
export class Listing<T> {
  items: readonly T[] | undefined = $state.raw();
  failure: ApiError | undefined = $state.raw();
  loading = $state(false);
  #next: string | null = $state(null);
  readonly #address: string;
  #filter: Filter = {};
  #abort = new AbortController();

  constructor(address: string) {
    this.#address = address;
  }

  get hasMore(): boolean {
    return this.#next !== null;
  }

  /** Ask for the first page. */
  async load(filter: Filter = this.#filter): Promise<void> {
    this.#filter = filter;
    await this.#fetch(undefined, () => []);
  }

  /** Ask for the next page. */
  async more(): Promise<void> {
    if (this.#next !== null) await this.#fetch(this.#next, () => this.items ?? []);
  }

  async #fetch(cursor: string | undefined, before: () => readonly T[]): Promise<void> {
    this.#abort.abort();
    this.#abort = new AbortController();
    const { signal } = this.#abort;
    this.loading = true;
    this.failure = undefined;
    try {
      const page = await getPage<T>(this.#address, cursor, this.#filter, signal);
      this.items = [...before(), ...page.items];
      this.#next = page.next;
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof ApiError)) throw error;
      this.failure = error;
    }
    if (!signal.aborted) this.loading = false;
  }
}
