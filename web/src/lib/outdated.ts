/** When a refusal no longer holds: once the part of the request that it speaks of has changed. */

import type { SpeechRequest } from "./api";

/**
 * Whether the field at fault has changed since. The voice counts for every field, since what can be said and
 * how depends on it. A failure that names no field of ours (a server that is gone, say) is never outdated.
 */
export function isOutdated(field: string, refused: SpeechRequest, now: SpeechRequest): boolean {
  const name = fieldOf(field, refused);
  return name !== undefined && (refused[name] !== now[name] || refused.voice !== now.voice);
}

function fieldOf(field: string, request: SpeechRequest): keyof SpeechRequest | undefined {
  return (Object.keys(request) as (keyof SpeechRequest)[]).find((name) => name === field);
}
