/** What happens on the page: the choices, the take being made or heard, and what went wrong. */

import {
  ApiError,
  fetchChoices,
  fetchVoices,
  streamSpeech,
  type Choices,
  type SpeechRequest,
  type StreamMessage,
  type Voices,
} from "./api";
import { keepKey } from "./key";
import { isOutdated } from "./outdated";
import { Playback } from "./playback.svelte";
import { Recording } from "./recording";
import { browserStorage, loadSettings, saveSettings, type Settings } from "./settings";
import { Take } from "./take.svelte";
import { countCharacters } from "./timings";

const KEPT_TAKES = 6;
const KEPT_SECONDS = 1800; // of earlier takes together; 16-bit at 24 kHz that is 86 MB
const USUAL_RATE = 24_000; // Hz; lets the audio device open before the server has told its rate

export class Studio {
  voices: Voices | undefined = $state.raw();
  choices: Choices | undefined = $state.raw();
  settings: Settings | undefined = $state();
  text = $state("");
  take: Take | undefined = $state.raw();
  takes: readonly Take[] = $state.raw([]);
  failure: ApiError | undefined = $state.raw();
  readonly playback = new Playback();
  readonly characters = $derived(countCharacters(this.text));
  readonly excess = $derived(Math.max(0, this.characters - (this.choices?.limit ?? Infinity)));
  readonly making = $derived(this.take?.status === "making");
  readonly ready = $derived(this.settings !== undefined && this.text.trim() !== "" && this.excess === 0);
  #abort = new AbortController();
  #made = 0;
  #refused: SpeechRequest | undefined; // what the last request was, if it failed

  /** Ask the server what it offers. */
  async connect(): Promise<void> {
    this.failure = undefined;
    try {
      [this.voices, this.choices] = await Promise.all([fetchVoices(), fetchChoices()]);
      this.settings = loadSettings(browserStorage(), this.voices, this.choices);
    } catch (error) {
      this.#fail(error);
    }
  }

  /** Go on with the key that the server wants. */
  async unlock(key: string): Promise<void> {
    keepKey(key);
    this.failure = undefined;
    if (this.settings === undefined) await this.connect();
  }

  keepSettings(): void {
    if (this.settings !== undefined) saveSettings(browserStorage(), this.settings);
  }

  /** Speak the text as set. Call from a key or button press: sound needs one. */
  async speak(): Promise<void> {
    if (!this.ready || this.making || this.settings === undefined) return;
    this.playback.pause();
    this.failure = undefined;
    this.#abort = new AbortController();
    const take = new Take((this.#made += 1), { text: this.text, ...this.settings });
    this.take = take;
    void this.playback.unlock(this.takes[0]?.recording?.sampleRate ?? USUAL_RATE);
    try {
      for await (const message of streamSpeech(take.request, this.#abort.signal)) this.#receive(take, message);
    } catch (error) {
      take.close(this.#abort.signal.aborted ? "stopped" : "failed");
      this.#refused = take.request;
      if (!this.#abort.signal.aborted) this.#fail(error);
    }
    this.playback.pump();
    this.#keep(take);
  }

  /** Take back a refusal once what it speaks of has changed. */
  dropOutdatedFailure(): void {
    if (this.failure === undefined || this.#refused === undefined || this.settings === undefined) return;
    const now = { text: this.text, ...this.settings };
    if (isOutdated(this.failure.field, this.#refused, now)) this.failure = undefined;
  }

  /** Stop making, and stop the sound. */
  stop(): void {
    this.#abort.abort();
    this.playback.pause();
  }

  /** Hear an earlier take again. */
  replay(take: Take): void {
    if (this.making || take.recording === undefined) return;
    this.take = take;
    this.playback.load(take.recording);
    void this.playback.play();
  }

  #receive(take: Take, message: StreamMessage): void {
    switch (message.type) {
      case "start":
        take.recording = new Recording(message.sample_rate);
        this.playback.load(take.recording);
        void this.playback.play();
        break;
      case "audio":
        if (take.recording !== undefined) take.append(take.recording, message);
        this.playback.pump();
        break;
      case "done":
        take.finish(message);
    }
  }

  /** Remember a take that has sound, and let the oldest go. */
  #keep(take: Take): void {
    if (take.duration === 0) {
      this.take = this.takes[0];
      if (this.take?.recording !== undefined) this.playback.load(this.take.recording);
      return;
    }
    let seconds = 0;
    this.takes = [take, ...this.takes].slice(0, KEPT_TAKES).filter((kept, k) => {
      seconds += kept.duration;
      return k === 0 || seconds <= KEPT_SECONDS;
    });
  }

  #fail(error: unknown): void {
    if (!(error instanceof ApiError)) throw error;
    this.failure = error;
  }
}
