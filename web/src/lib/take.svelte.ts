/** One synthesis, from the first message to the file. */

import type { AudioMessage, DoneMessage, SpeechRequest } from "./api";
import type { TakeRecord } from "./archive";
import { decodePcm, Recording } from "./recording";
import { segmentAt, segmentsOf, type Segment } from "./segments";
import { CharacterOffsets, Timeline, type Timing } from "./timings";

export type TakeStatus = "making" | "done" | "stopped" | "failed";

const BYTES_PER_SAMPLE = 2;

export class Take {
  readonly id: number;
  readonly request: SpeechRequest;
  readonly offsets: CharacterOffsets;
  readonly segments: readonly Segment[];
  readonly timeline = new Timeline();
  /** None while the server has not answered, and while an archived take has not been asked for. */
  recording: Recording | undefined = $state.raw();
  status: TakeStatus = $state("making");
  spoken = $state(0); // characters
  duration = $state(0); // seconds made so far
  files: Readonly<Record<string, string>> = $state.raw({}); // addresses by format
  #record: TakeRecord | undefined; // of an archived take

  constructor(id: number, request: SpeechRequest) {
    this.id = id;
    this.request = request;
    this.offsets = new CharacterOffsets(request.text);
    this.segments = segmentsOf(request.text);
  }

  /** A take of an earlier visit, whose samples have not been asked for. */
  static archived(record: TakeRecord): Take {
    const take = new Take(record.id, record.request);
    take.#record = record;
    take.timeline.append(record.timings);
    take.status = record.status;
    take.spoken = record.spoken;
    take.duration = record.samples / record.sampleRate;
    take.files = record.files;
    return take;
  }

  /** Hz; none before the server has answered. */
  get sampleRate(): number | undefined {
    return this.recording?.sampleRate ?? this.#record?.sampleRate;
  }

  /** Of its samples. */
  get bytes(): number {
    return (this.recording?.length ?? this.#record?.samples ?? 0) * BYTES_PER_SAMPLE;
  }

  /** What is kept of it in the archive; none before it has sound and an end. */
  get record(): TakeRecord | undefined {
    const { sampleRate } = this;
    if (sampleRate === undefined || this.status === "making") return undefined;
    return {
      id: this.id,
      request: this.request,
      status: this.status,
      spoken: this.spoken,
      samples: this.bytes / BYTES_PER_SAMPLE,
      sampleRate,
      timings: this.timeline.timings,
      files: this.files,
    };
  }

  /** When the text at a UTF-16 offset is heard, or what follows it. */
  timingAt(unit: number): Timing | undefined {
    return this.timeline.of(this.offsets.toCharacter(unit));
  }

  /** Where the next sentence begins (the one before, where `step` is −1) as heard from `seconds`. */
  sentenceBeside(seconds: number, step: 1 | -1): Timing | undefined {
    const heard = this.timeline.beside(seconds, 0);
    if (heard === undefined) return undefined;
    const current = segmentAt(this.segments, this.offsets.toUtf16(heard.start));
    for (let k = current + step; this.segments[k] !== undefined; k += step) {
      const timing = this.timingAt(this.segments[k]?.start ?? 0);
      if (timing !== undefined && (timing.time - heard.time) * step > 0) return timing;
    }
    return step === -1 ? this.timeline.beside(0, 0) : undefined;
  }

  append(recording: Recording, message: AudioMessage): void {
    recording.append(decodePcm(message.audio));
    this.timeline.append(message.timings);
    this.spoken = message.spoken_until;
    this.duration = recording.duration;
  }

  /** The samples of an archived take; (N,). */
  refill(samples: Int16Array): void {
    if (this.#record === undefined) return;
    const recording = new Recording(this.#record.sampleRate);
    recording.append(samples);
    recording.complete = true;
    this.recording = recording;
  }

  finish(message: DoneMessage): void {
    this.files = { [message.format]: message.audio_url };
    this.spoken = this.offsets.length;
    this.close("done");
  }

  /** Nothing more will come. */
  close(status: TakeStatus): void {
    if (this.recording !== undefined) this.recording.complete = true;
    this.status = status;
  }
}
