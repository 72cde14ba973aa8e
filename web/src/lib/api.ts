/** The server as this page sees it. Offsets count Unicode code points, times are seconds of audio. */

import { ApiError, send as sendRequest, unreachable } from "./http";
import { credentials } from "./key";
import { readJsonLines } from "./ndjson";
import type { Timing } from "./timings";

export interface Voice {
  readonly id: string;
  readonly name: string;
  readonly name_en: string;
  readonly description: string;
  readonly description_en: string;
  readonly gender: "female" | "male" | "unknown";
  readonly languages: readonly string[];
  readonly engine: string;
  /** Ids of the emotions that it shows. */
  readonly emotions: readonly string[];
}

export interface Emotion {
  readonly id: string;
  readonly name: string;
  readonly name_en: string;
  readonly description: string;
  readonly description_en: string;
}

export interface Range {
  readonly min: number;
  readonly max: number;
  readonly default: number;
}

export interface Voices {
  readonly voices: readonly Voice[];
  readonly default: string;
}

/** What a request may ask for. `limit` in characters. */
export interface Choices {
  readonly emotions: readonly Emotion[];
  readonly intensity: Range;
  readonly speed: Range;
  readonly pitch: Range;
  readonly volume: Range;
  readonly limit: number;
  readonly formats: readonly string[];
}

export interface SpeechRequest {
  readonly text: string;
  readonly voice: string;
  readonly emotion: string;
  readonly intensity: number;
  readonly speed: number;
  readonly pitch: number;
  readonly volume: number;
  readonly format: string;
}

/** A sentence that lets a voice be heard. */
export interface SampleRequest {
  readonly text: string;
  readonly voice: string;
  readonly markup: "none" | "ssml";
}

export interface StartMessage {
  readonly type: "start";
  readonly sample_rate: number;
  readonly characters: number;
}

export interface AudioMessage {
  readonly type: "audio";
  readonly audio: string;
  readonly timings: readonly Timing[];
  readonly spoken_until: number;
}

export interface DoneMessage {
  readonly type: "done";
  readonly duration: number;
  readonly audio_url: string;
  readonly format: string;
}

interface ErrorMessage {
  readonly type: "error";
  readonly error: string;
  readonly code: string;
}

export type StreamMessage = StartMessage | AudioMessage | DoneMessage;

export const fetchVoices = (): Promise<Voices> => getJson<Voices>("/api/voices");

/** Each sentence in the emotion that its words suggest; the server knows it beside those that it lists. */
export const AUTO: Emotion = {
  id: "auto",
  name: "自动",
  name_en: "Auto",
  description: "逐句分析文字，自动选择情感",
  description_en: "Chosen for each sentence from its words",
};

/** What can be chosen here: `pcm` has no header, so it is no file that a person could open. */
export async function fetchChoices(): Promise<Choices> {
  const choices = await getJson<Choices>("/api/emotions");
  const emotions = [...choices.emotions, AUTO];
  return { ...choices, emotions, formats: choices.formats.filter((format) => format !== "pcm") };
}

/**
 * The sample of a voice, as MP3.
 *
 * @throws {ApiError} refused, unreachable, or cut off.
 * @throws {DOMException} `AbortError` when `signal` fires.
 */
export async function fetchSample(request: SampleRequest, signal: AbortSignal): Promise<ArrayBuffer> {
  const query = new URLSearchParams({ ...request, format: "mp3" });
  const response = await send(`/api/speech?${query.toString()}`, { headers: { Accept: "audio/mpeg" }, signal });
  return response.arrayBuffer().catch((error: unknown) => {
    throw error instanceof TypeError ? cutOff() : error;
  });
}

/** Speak to the end; the address of the file. */
export async function makeFile(request: SpeechRequest): Promise<string> {
  const response = await send("/api/tts", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(request),
  });
  return ((await response.json()) as Pick<DoneMessage, "audio_url">).audio_url;
}

/** Whether the server still has a file: it keeps each for a while only. */
export async function hasFile(address: string): Promise<boolean> {
  const response = await fetch(address, { method: "HEAD", cache: "no-store" }).catch((error: unknown) => {
    throw error instanceof TypeError ? unreachable() : error;
  });
  return response.ok;
}

/**
 * Speak, message by message, while it is made; ends after `done`.
 *
 * @throws {ApiError} refused, failed half-way, unreachable, or cut off.
 * @throws {DOMException} `AbortError` when `signal` fires.
 */
export async function* streamSpeech(request: SpeechRequest, signal: AbortSignal): AsyncGenerator<StreamMessage> {
  const response = await send("/api/speech/stream", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(request),
    signal,
  });
  if (response.body === null) throw cutOff();
  for await (const message of translated(readJsonLines(response.body))) {
    yield message;
    if (message.type === "done") return;
  }
  throw cutOff();
}

/** The messages of a stream; its failures become ours. */
async function* translated(lines: AsyncGenerator<unknown>): AsyncGenerator<StreamMessage> {
  try {
    for await (const line of lines) {
      const message = line as StreamMessage | ErrorMessage;
      if (message.type === "error") throw new ApiError(message.error, brokeOff(message.code));
      yield message;
    }
  } catch (error) {
    if (error instanceof TypeError || error instanceof SyntaxError) throw cutOff();
    throw error;
  }
}

async function getJson<T>(address: string): Promise<T> {
  const response = await send(address, { headers: { Accept: "application/json" } });
  return (await response.json()) as T;
}

/** With the key, where this tab has one. */
function send(address: string, init: RequestInit & { headers: Record<string, string> }): Promise<Response> {
  return sendRequest(address, { ...init, headers: { ...init.headers, ...credentials() } });
}

function brokeOff(code: string): string {
  return `The server could not finish the speech (${code}). Please try again.`;
}

function cutOff(): ApiError {
  return new ApiError(
    "连接中断，声音没有合成完，请重试。",
    "The connection broke before the speech was complete. Please try again.",
  );
}
