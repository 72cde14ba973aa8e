/** What happens on the page: the choices, the take being made or heard, and what went wrong. */

import {
  fetchChoices,
  fetchVoices,
  hasFile,
  makeFile,
  streamSpeech,
  type Choices,
  type SpeechRequest,
  type StreamMessage,
  type Voices,
} from "./api";
import { captionFile, type CaptionFormat } from "./captions";
import { loadDraft, saveDraft } from "./draft";
import { examples } from "./examples";
import { fileName } from "./filename";
import { grouped } from "./format";
import { TakeHistory } from "./history.svelte";
import { ApiError } from "./http";
import type { Messages } from "./i18n";
import { credentials, keepKey } from "./key";
import { locale } from "./locale.svelte";
import { isOutdated } from "./outdated";
import { Playback } from "./playback.svelte";
import { Recording } from "./recording";
import { copyText, saveAddress, saveText } from "./saving";
import { loadSettings, offered, saveSettings, type Settings } from "./settings";
import type { Snippet } from "./snippets";
import { browserStorage } from "./storage";
import { Take } from "./take.svelte";
import { readTextFile, UnreadableFile } from "./textfile";
import { countCharacters } from "./timings";

const NOTE_LASTS = 6000; // milliseconds
const USUAL_RATE = 24_000; // Hz; lets the audio device open before the server has told its rate

export class Studio {
  voices: Voices | undefined = $state.raw();
  choices: Choices | undefined = $state.raw();
  settings: Settings | undefined = $state();
  text = $state(loadDraft(browserStorage(), "draft"));
  /** What the person had written before another text took its place. */
  own = $state(loadDraft(browserStorage(), "own"));
  take: Take | undefined = $state.raw();
  failure: ApiError | undefined = $state.raw();
  /** What has just been done, told for a moment. */
  note: ((t: Messages) => string) | undefined = $state.raw();
  readonly history = new TakeHistory();
  readonly playback = new Playback();
  readonly characters = $derived(countCharacters(this.text));
  readonly excess = $derived(Math.max(0, this.characters - (this.choices?.limit ?? Infinity)));
  readonly making = $derived(this.take?.status === "making");
  readonly ready = $derived(this.settings !== undefined && this.text.trim() !== "" && this.excess === 0);
  #abort = new AbortController();
  #noted: ReturnType<typeof setTimeout> | undefined;
  #refused: SpeechRequest | undefined; // what was set when the failure came

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

  /** Show what this browser kept of earlier visits. */
  async recall(): Promise<void> {
    await this.history.recall();
    const [newest] = this.history.takes;
    if (newest !== undefined && this.take === undefined) await this.#open(newest);
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

  /** The text as set, for the server; nothing until the settings are known. */
  get request(): SpeechRequest | undefined {
    return this.settings && { text: this.text, ...this.settings };
  }

  /** Speak the text as set. Call from a key or button press: sound needs one. */
  async speak(): Promise<void> {
    const { request } = this;
    if (!this.ready || this.making || request === undefined) return;
    this.playback.pause();
    this.failure = undefined;
    this.note = undefined;
    this.#abort = new AbortController();
    const take = new Take(this.history.nextId, request);
    this.take = take;
    void this.playback.unlock(this.history.takes[0]?.sampleRate ?? USUAL_RATE);
    try {
      for await (const message of streamSpeech(take.request, this.#abort.signal)) this.#receive(take, message);
    } catch (error) {
      take.close(this.#abort.signal.aborted ? "stopped" : "failed");
      this.#refused = take.request;
      if (!this.#abort.signal.aborted) this.#fail(error);
    }
    this.playback.pump();
    await this.#keep(take);
  }

  /** Take back a refusal once what it speaks of has changed. */
  dropOutdatedFailure(): void {
    const { request } = this;
    if (this.failure === undefined || this.#refused === undefined || request === undefined) return;
    if (isOutdated(this.failure.field, this.#refused, request)) this.failure = undefined;
  }

  /** Stop making, and stop the sound. */
  stop(): void {
    this.#abort.abort();
    this.playback.pause();
  }

  /** Hear an earlier take again. Call from a key or button press. */
  async replay(take: Take): Promise<void> {
    if (this.making) return;
    void this.playback.unlock(take.sampleRate ?? USUAL_RATE);
    if (await this.#open(take)) void this.playback.play();
  }

  /** Set everything as it was for a take, and bring its text back. */
  restore(take: Take): void {
    if (this.voices === undefined || this.choices === undefined) return;
    const { text, ...asked } = take.request;
    const settings = offered(asked, this.voices, this.choices);
    const whole = Object.entries(asked).every(([name, value]) => settings[name as keyof Settings] === value);
    this.replaceText(text);
    this.settings = settings;
    this.tell((t) => (whole ? t.restored : t.restoredPartly));
  }

  /** Put another text into the field; what the person wrote there can be brought back. */
  replaceText(text: string): void {
    const known = [...examples.map((example) => example.text), ...this.history.takes.map((take) => take.request.text), text];
    if (this.text.trim() !== "" && !known.includes(this.text)) this.own = this.text;
    this.text = text;
  }

  bringBackOwn(): void {
    this.text = this.own;
    this.own = "";
  }

  /** Keep what is written for the next visit. */
  keepDrafts(): void {
    const storage = browserStorage();
    const kept = [saveDraft(storage, "draft", this.text), saveDraft(storage, "own", this.own)].every(Boolean);
    if (!kept && storage !== undefined) this.tell((t) => t.draftNotKept);
  }

  /** Read a text file into the field. */
  async importFile(file: File): Promise<void> {
    this.failure = undefined;
    try {
      const text = await readTextFile(file);
      this.replaceText(text);
      const characters = grouped(countCharacters(text));
      this.tell((t) => t.imported(file.name, characters));
    } catch (error) {
      if (!(error instanceof UnreadableFile)) throw error;
      this.#refused = this.request;
      this.failure = error.explained();
    }
  }

  /** Download a finished take in a format; the server makes the file where it has none (any more). */
  async save(take: Take, format: string): Promise<void> {
    this.failure = undefined;
    clearTimeout(this.#noted);
    this.note = (t) => t.preparing(format.toUpperCase());
    try {
      saveAddress(await this.#address(take, format), this.#nameOf(take.request, format));
      this.note = undefined;
    } catch (error) {
      this.note = undefined;
      this.#refused = undefined;
      this.#fail(error);
    }
  }

  saveCaptions(take: Take, format: CaptionFormat): void {
    const { request, timeline } = take;
    saveText(captionFile(format, request.text, timeline.timings), this.#nameOf(request, format));
  }

  /** Copy what is set now as `write` puts it. */
  async copy(write: (snippet: Snippet) => string): Promise<void> {
    const { request } = this;
    if (request === undefined) return;
    const file = this.#nameOf(request, request.format);
    const guarded = "Authorization" in credentials();
    const copied = await copyText(write({ request, origin: location.origin, file, guarded }));
    this.tell((t) => (copied ? t.copied : t.copyRefused));
  }

  /** Forget all takes, here and in the archive. */
  async clearHistory(): Promise<void> {
    if (this.making) return;
    this.playback.pause();
    this.take = undefined;
    await this.history.clear();
    this.tell((t) => t.historyCleared);
  }

  /** Say something where the state is told, for a moment. */
  tell(note: (t: Messages) => string): void {
    this.note = note;
    clearTimeout(this.#noted);
    this.#noted = setTimeout(() => (this.note = undefined), NOTE_LASTS);
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

  /** Remember a take that has sound; without any, show the one before. */
  async #keep(take: Take): Promise<void> {
    if (take.duration === 0) {
      this.take = undefined;
      const [newest] = this.history.takes;
      if (newest !== undefined) await this.#open(newest);
    } else if (!(await this.history.add(take))) {
      this.tell((t) => t.takeNotKept);
    }
  }

  /** Make a take the one that is heard; false when its sound is kept no longer. */
  async #open(take: Take): Promise<boolean> {
    const loaded = await this.history.load(take);
    if (!loaded) this.tell((t) => t.takeGone);
    if (this.making || take.recording === undefined) return false;
    this.take = take;
    this.playback.load(take.recording);
    return true;
  }

  /** Where a take's file is: as the server made it before, else made now. */
  async #address(take: Take, format: string): Promise<string> {
    const known = take.files[format];
    if (known !== undefined && (await hasFile(known))) return known;
    const made = await makeFile({ ...take.request, format });
    take.files = { ...take.files, [format]: made };
    await this.history.update(take);
    return made;
  }

  #nameOf(request: Take["request"], suffix: string): string {
    const voice = this.voices?.voices.find(({ id }) => id === request.voice);
    const emotion = this.choices?.emotions.find(({ id }) => id === request.emotion);
    const names = [voice, emotion].map((part) => (part === undefined ? "" : locale.pick(part.name, part.name_en)));
    return fileName([locale.t.product, ...names], request.text, suffix);
  }

  #fail(error: unknown): void {
    if (!(error instanceof ApiError)) throw error;
    this.failure = error;
  }
}
