/** Requests to our server: its refusals as errors, and the proof that a request comes from our own page. */

import { csrfToken } from "./csrf";
import type { Translated } from "./languages";

const SAFE = ["GET", "HEAD"];
const SIGNED_OUT = ["unauthorized", "session_ended"];

type Method = "POST" | "PUT" | "PATCH" | "DELETE";

/** What a refusal tells beside its sentences. */
export interface Circumstances {
  /** The request's part at fault, as the server names it. */
  readonly field?: string;
  /** Of HTTP; 0 where no answer came. */
  readonly status?: number;
  /** The kind of refusal, such as `unauthorized`. */
  readonly code?: string;
}

/** Why a request came to nothing, in both languages. */
export class ApiError extends Error {
  readonly english: string;
  readonly field: string;
  readonly status: number;
  readonly code: string;

  constructor(message: string, english: string, { field = "", status = 0, code = "" }: Circumstances = {}) {
    super(message);
    this.english = english;
    this.field = field;
    this.status = status;
    this.code = code;
  }
}

/** Tells `unauthorized` when the server does not know (any more) who asks. */
export const refusals = new EventTarget();

/**
 * Ask, and read the answer as JSON.
 *
 * @throws {ApiError} refused or unreachable.
 * @throws {DOMException} `AbortError` when `signal` fires.
 */
export async function getJson<T>(address: string, signal?: AbortSignal): Promise<T> {
  const response = await send(address, { headers: { Accept: "application/json" }, ...(signal && { signal }) });
  return (await response.json()) as T;
}

/**
 * Change something; the answer as JSON, undefined where it has no content. Throws as `getJson`.
 *
 * @param once for what costs money: sent again with the same value, it is done once.
 */
export async function sendJson<T = undefined>(method: Method, address: string, body?: object, once?: string): Promise<T> {
  const headers: Record<string, string> = { Accept: "application/json" };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  if (once !== undefined) headers["Idempotency-Key"] = once;
  const response = await send(address, { method, headers, ...(body && { body: JSON.stringify(body) }) });
  const text = await response.text();
  return (text === "" ? undefined : JSON.parse(text)) as T;
}

/** `fetch`, with refusals as errors. */
export async function send(address: string, init: RequestInit & { headers: Record<string, string> }): Promise<Response> {
  const token = SAFE.includes(init.method ?? "GET") ? "" : csrfToken();
  const headers = token === "" ? init.headers : { ...init.headers, "X-CSRF-Token": token };
  const response = await fetch(address, { ...init, headers }).catch((error: unknown) => {
    throw error instanceof TypeError ? unreachable() : error;
  });
  if (response.ok) return response;
  const error = await refusal(response);
  if (SIGNED_OUT.includes(error.code)) refusals.dispatchEvent(new Event("unauthorized"));
  throw error;
}

export function unreachable(): ApiError {
  return new ApiError("连不上服务器，请检查它是否在运行，然后重试。", "The server cannot be reached. Is it running?");
}

/** An answer, where a refusal of one malformed field is told in better words: nobody has written it by hand. */
export async function explained<T>(answer: Promise<T>, field: string, words: Translated<string>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 422 || error.field !== field) throw error;
    throw new ApiError(words.zh, words.en, { field, status: error.status, code: error.code });
  }
}

/** An address with its query; what is empty or undefined is left out. */
export function withQuery(address: string, fields: Readonly<Record<string, string | number | undefined>>): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(fields)) {
    if (value !== undefined && value !== "") query.set(name, String(value));
  }
  return query.size === 0 ? address : `${address}?${query.toString()}`;
}

/** The problem (RFC 9457) that a refusal carries; a proxy in between may send none. */
async function refusal(response: Response): Promise<ApiError> {
  const { status } = response;
  const problem: unknown = await response.json().catch(() => undefined);
  const message = textOf(problem, "error");
  if (message === "") {
    return new ApiError(`服务器返回了错误 ${String(status)}，请稍后重试。`, `The server answered with error ${String(status)}.`, { status });
  }
  const [field, code] = [textOf(problem, "parameter"), textOf(problem, "code")];
  return new ApiError(message, textOf(problem, "detail") || message, { field, status, code });
}

function textOf(value: unknown, key: string): string {
  if (typeof value !== "object" || value === null) return "";
  const found = (value as Record<string, unknown>)[key];
  return typeof found === "string" ? found : "";
}
