/** Lists that the server hands out page by page. */

import { getJson, withQuery } from "../lib/http";

export interface Page<T> {
  readonly items: readonly T[];
  /** Where the next page begins; null at the end. */
  readonly next: string | null;
}

/** What a list is asked for beside its page. */
export type Filter = Readonly<Record<string, string | number | undefined>>;

export function getPage<T>(address: string, cursor: string | undefined, filter: Filter = {}, signal?: AbortSignal): Promise<Page<T>> {
  return getJson<Page<T>>(withQuery(address, { ...filter, cursor }), signal);
}
