/** Asking again and again until something has happened. */

import { ApiError } from "./http";

/** Milliseconds between two questions: often at first, when most people pay, then seldom. */
export function interval(asked: number): number {
  if (asked < 30) return 2000;
  return asked < 90 ? 5000 : 15_000;
}

export interface Poll<T> {
  readonly ask: () => Promise<T>;
  readonly isOver: (value: T) => boolean;
  readonly tell: (value: T) => void;
  /** Waits for milliseconds, and while nobody looks; rejects with `AbortError` when given up. */
  readonly wait: (milliseconds: number) => Promise<void>;
}

/** Ask until it is over. An unreachable server, or one that is busy, is asked again. */
export async function poll<T>({ ask, isOver, tell, wait }: Poll<T>): Promise<void> {
  for (let asked = 0; ; asked += 1) {
    await wait(interval(asked));
    const value = await ask().catch(passing);
    if (value === undefined) continue;
    tell(value);
    if (isOver(value)) return;
  }
}

/** Wait in a page: the time begins anew when the person comes back to it. */
export async function waitInPage(milliseconds: number, signal: AbortSignal): Promise<void> {
  do {
    if (document.hidden) await happened(document, "visibilitychange", signal);
    else await delay(milliseconds, signal);
  } while (document.hidden);
}

/** Undefined for a failure that may pass. */
function passing(error: unknown): undefined {
  if (error instanceof ApiError && (error.status === 0 || error.status === 429 || error.status >= 500)) return undefined;
  throw error;
}

function delay(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(signal.reason as Error);
    });
  });
}

function happened(target: EventTarget, type: string, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    target.addEventListener(type, () => resolve(), { once: true, signal });
    signal.addEventListener("abort", () => reject(signal.reason as Error));
  });
}
