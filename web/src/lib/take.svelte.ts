/** One synthesis, from the first message to the file. */

import { downloadAddress, type AudioMessage, type DoneMessage, type SpeechRequest } from "./api";
import { decodePcm, Recording } from "./recording";
import { CharacterOffsets, Timeline } from "./timings";

export type TakeStatus = "making" | "done" | "stopped" | "failed";

export class Take {
  readonly id: number;
  readonly request: SpeechRequest;
  readonly offsets: CharacterOffsets;
  readonly timeline = new Timeline();
  recording: Recording | undefined;
  status: TakeStatus = $state("making");
  spoken = $state(0); // characters
  duration = $state(0); // seconds made so far
  download = $state(""); // address of the finished file

  constructor(id: number, request: SpeechRequest) {
    this.id = id;
    this.request = request;
    this.offsets = new CharacterOffsets(request.text);
  }

  append(recording: Recording, message: AudioMessage): void {
    recording.append(decodePcm(message.audio));
    this.timeline.append(message.timings);
    this.spoken = message.spoken_until;
    this.duration = recording.duration;
  }

  finish(message: DoneMessage): void {
    this.download = downloadAddress(message.audio_url);
    this.spoken = this.offsets.length;
    this.close("done");
  }

  /** Nothing more will come. */
  close(status: TakeStatus): void {
    if (this.recording !== undefined) this.recording.complete = true;
    this.status = status;
  }
}
