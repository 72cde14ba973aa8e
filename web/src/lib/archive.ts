/** Takes kept in this browser (IndexedDB): what is told of each in one store, its samples in another. */

import type { SpeechRequest } from "./api";
import type { Timing } from "./timings";

const NAME = "huisheng";
const VERSION = 1;
const TAKES = "takes";
const AUDIO = "audio";

/** Takes that are kept at most, and bytes of their samples together; 64 MiB are 23 minutes at 24 kHz. */
export const MOST_TAKES = 20;
export const MOST_BYTES = 64 * 1024 * 1024;

/** What is kept of a take beside its samples. */
export interface TakeRecord {
  readonly id: number;
  readonly request: SpeechRequest;
  readonly status: "done" | "stopped" | "failed";
  readonly spoken: number; // characters
  readonly samples: number;
  readonly sampleRate: number; // Hz
  readonly timings: readonly Timing[];
  /** Addresses of the files by format; the server keeps each for a while only. */
  readonly files: Readonly<Record<string, string>>;
}

/** The newest takes that fit; the newest of all always does. Newest first. */
export function withinBounds<T extends { readonly bytes: number }>(takes: readonly T[]): readonly T[] {
  let bytes = 0;
  return takes.slice(0, MOST_TAKES).filter((take, k) => {
    bytes += take.bytes;
    return k === 0 || bytes <= MOST_BYTES;
  });
}

/** The browser's archive, or none where it has no storage for this page (private windows, policies). */
export async function openArchive(): Promise<Archive | undefined> {
  try {
    const opening = indexedDB.open(NAME, VERSION);
    opening.onupgradeneeded = () => {
      opening.result.createObjectStore(TAKES, { keyPath: "id" });
      opening.result.createObjectStore(AUDIO);
    };
    return new Archive(await answered(opening));
  } catch (error) {
    if (error instanceof DOMException || error instanceof ReferenceError || error instanceof TypeError) return undefined;
    throw error;
  }
}

export class Archive {
  readonly #database: IDBDatabase;

  constructor(database: IDBDatabase) {
    this.#database = database;
    database.onversionchange = () => database.close(); // another tab has a newer page
  }

  /** What is kept, newest first. */
  async takes(): Promise<TakeRecord[]> {
    const records = await this.#run("readonly", (takes) => takes.getAll());
    return (records as TakeRecord[]).reverse();
  }

  /** Samples of a take; none when it is not kept any more. */
  async samples(id: number): Promise<Int16Array<ArrayBuffer> | undefined> {
    const bytes: unknown = await this.#run("readonly", (_, audio) => audio.get(id));
    return bytes instanceof ArrayBuffer ? new Int16Array(bytes) : undefined;
  }

  /**
   * Keep a take. Where there is no room the oldest give way, as far as they take about as much as it does.
   *
   * @returns false when it is too long, or does not fit even so.
   */
  async add(record: TakeRecord, samples: Int16Array<ArrayBuffer>): Promise<boolean> {
    if (samples.byteLength > MOST_BYTES) return false;
    let freed = 0;
    while (!(await this.#fits(record, samples))) {
      const oldest = (await this.takes()).at(-1);
      if (oldest === undefined || freed > samples.length) return false;
      await this.remove([oldest.id]);
      freed += oldest.samples;
    }
    return true;
  }

  /** Keep what is told of a take anew. */
  async update(record: TakeRecord): Promise<void> {
    await this.#fits(record, undefined);
  }

  async remove(ids: readonly number[]): Promise<void> {
    await this.#run("readwrite", (takes, audio) => {
      for (const id of ids) [takes, audio].forEach((store) => store.delete(id));
      return takes.count();
    });
  }

  async clear(): Promise<void> {
    await this.#run("readwrite", (takes, audio) => {
      audio.clear();
      return takes.clear();
    });
  }

  async #fits(record: TakeRecord, samples: Int16Array<ArrayBuffer> | undefined): Promise<boolean> {
    try {
      await this.#run("readwrite", (takes, audio) => {
        if (samples !== undefined) audio.put(samples.buffer, record.id);
        return takes.put(record);
      });
      return true;
    } catch (error) {
      if (error instanceof DOMException && error.name === "QuotaExceededError") return false;
      throw error;
    }
  }

  /** One transaction over both stores; its answer once it is safe. */
  #run<T>(mode: IDBTransactionMode, ask: (takes: IDBObjectStore, audio: IDBObjectStore) => IDBRequest<T>): Promise<T> {
    const transaction = this.#database.transaction([TAKES, AUDIO], mode);
    const request = ask(transaction.objectStore(TAKES), transaction.objectStore(AUDIO));
    return new Promise((resolve, reject) => {
      transaction.oncomplete = () => resolve(request.result);
      transaction.onabort = () => reject(transaction.error ?? new DOMException("aborted", "AbortError"));
    });
  }
}

function answered<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new DOMException("failed", "UnknownError"));
  });
}
