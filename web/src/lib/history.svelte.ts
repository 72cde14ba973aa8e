/** The takes of this visit and of earlier ones, as far as they fit. */

import { openArchive, withinBounds, type Archive } from "./archive";
import { Take } from "./take.svelte";

export class TakeHistory {
  /** Newest first. */
  takes: readonly Take[] = $state.raw([]);
  #archive = openArchive();

  /** Milliseconds since the epoch, but later than any take's: the newest comes first though the clock be turned back. */
  get nextId(): number {
    return Math.max(Date.now(), ...this.takes.map(({ id }) => id + 1));
  }

  /** Find what this browser kept of earlier visits. */
  async recall(): Promise<void> {
    const records = (await this.#archived((archive) => archive.takes())) ?? [];
    const known = new Set(this.takes.map(({ id }) => id));
    const recalled = records.filter(({ id }) => !known.has(id)).map((record) => Take.archived(record));
    await this.#list([...this.takes, ...recalled]);
  }

  /** Remember a take that has ended with sound; false when it will last as long as the page only. */
  async add(take: Take): Promise<boolean> {
    await this.#list([take, ...this.takes]);
    const { record, recording } = take;
    if (record === undefined || recording === undefined) return false;
    return (await this.#archived((archive) => archive.add(record, recording.samples()))) ?? true;
  }

  /** Keep what is told of a take anew. */
  async update(take: Take): Promise<void> {
    const { record } = take;
    if (record === undefined || !this.takes.includes(take)) return;
    await this.#archived((archive) => archive.update(record));
  }

  /** Fetch the sound of a take; one whose sound is kept no longer leaves the history and the archive. */
  async load(take: Take): Promise<boolean> {
    if (take.recording !== undefined) return true;
    const samples = await this.#archived((archive) => archive.samples(take.id));
    if (samples !== undefined) {
      take.refill(samples);
      return true;
    }
    this.takes = this.takes.filter((other) => other !== take);
    await this.#archived((archive) => archive.remove([take.id]));
    return false;
  }

  async clear(): Promise<void> {
    this.takes = [];
    await this.#archived((archive) => archive.clear());
  }

  async #list(takes: readonly Take[]): Promise<void> {
    this.takes = withinBounds(takes);
    const dropped = takes.filter((take) => !this.takes.includes(take)).map(({ id }) => id);
    if (dropped.length > 0) await this.#archived((archive) => archive.remove(dropped));
  }

  /** Ask the archive once it is open; nothing where there is none, or none any more. */
  async #archived<T>(ask: (archive: Archive) => Promise<T>): Promise<T | undefined> {
    const archive = await this.#archive;
    if (archive === undefined) return undefined;
    try {
      return await ask(archive);
    } catch (error) {
      if (!(error instanceof DOMException)) throw error; // closed, or the disk fails: takes last as long as the page
      this.#archive = Promise.resolve(undefined);
      return undefined;
    }
  }
}
