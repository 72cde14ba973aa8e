/** A sentence from each voice, made by the server once and then kept. One is heard at a time. */

import { fetchSample, type SampleRequest, type Voice } from "./api";

export type SampleState = "idle" | "loading" | "playing";

export class Samples {
  #voice: string | undefined = $state(); // whose sample is loaded or heard
  #playing = $state(false);
  readonly #kept = new Map<string, ArrayBuffer>(); // MP3 by voice, about 30 kB each
  #device: AudioContext | undefined;
  #source: AudioBufferSourceNode | undefined;
  #abort = new AbortController();

  stateOf(voice: string): SampleState {
    if (voice !== this.#voice) return "idle";
    return this.#playing ? "playing" : "loading";
  }

  /**
   * Hear a voice, or stop hearing it. Call from a key or button press: sound needs one.
   *
   * @throws {ApiError} the server refused it or cannot be reached.
   */
  async toggle(voice: Voice): Promise<void> {
    const stopping = this.#voice === voice.id;
    this.stop();
    if (stopping) return;
    const { signal } = this.#abort;
    this.#voice = voice.id;
    this.#device ??= new AudioContext();
    void this.#device.resume();
    try {
      const sound = await this.#device.decodeAudioData((await this.#fetched(voice, signal)).slice(0));
      if (!signal.aborted) this.#play(this.#device, sound);
    } catch (error) {
      if (signal.aborted) return;
      this.stop();
      throw error;
    }
  }

  stop(): void {
    this.#abort.abort();
    this.#abort = new AbortController();
    this.#source?.stop();
    this.#source = undefined;
    this.#voice = undefined;
    this.#playing = false;
  }

  #play(device: AudioContext, sound: AudioBuffer): void {
    const source = device.createBufferSource();
    source.buffer = sound;
    source.connect(device.destination);
    source.onended = () => {
      if (source === this.#source) this.stop();
    };
    source.start();
    this.#source = source;
    this.#playing = true;
  }

  async #fetched(voice: Voice, signal: AbortSignal): Promise<ArrayBuffer> {
    const kept = this.#kept.get(voice.id);
    if (kept !== undefined) return kept;
    const sample = await fetchSample(sampleOf(voice), signal);
    this.#kept.set(voice.id, sample);
    return sample;
  }
}

const CANTONESE = '<speak><phoneme alphabet="jyutping" ph="nei5 hou2">你好</phoneme></speak>';

/** What a voice says for a sample, in the first of its languages that we have a sentence for. */
export function sampleOf(voice: Voice): SampleRequest {
  for (const tag of voice.languages) {
    const language = tag.split("-")[0];
    if (language === "en") break;
    if (language === "yue") return { text: CANTONESE, voice: voice.id, markup: "ssml" };
    if (language === "zh") return { text: `你好，我是${voice.name}。落笔成声，声中有情。`, voice: voice.id, markup: "none" };
  }
  return { text: `Hello, I am ${voice.name_en}. Nice to meet you.`, voice: voice.id, markup: "none" };
}
