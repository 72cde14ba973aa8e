import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";

import { Player, type AudioClock } from "../src/lib/player";
import { Recording } from "../src/lib/recording";

const RATE = 1000; // Hz: one sample a millisecond

interface Slice {
  at: number;
  samples: number;
  stopped: boolean;
}

/** An audio clock that the test moves by hand, and that notes what it is asked to play. */
class HandClock {
  currentTime = 5;
  readonly slices: Slice[] = [];
  readonly sampleRate: number;

  constructor(sampleRate: number) {
    this.sampleRate = sampleRate;
  }

  createBuffer(_channels: number, length: number): { length: number; copyToChannel: () => void } {
    return { length, copyToChannel: () => undefined };
  }

  createBufferSource(): object {
    const slice: Slice = { at: NaN, samples: 0, stopped: false };
    const { slices } = this;
    return {
      set buffer(buffer: { length: number }) {
        slice.samples = buffer.length;
      },
      connect: () => undefined,
      start(at: number) {
        slice.at = at;
        slices.push(slice);
      },
      stop: () => (slice.stopped = true),
    };
  }

  resume = (): Promise<void> => Promise.resolve();
  close = (): Promise<void> => Promise.resolve();
}

let clock: HandClock;
let recording: Recording;
let player: Player;

beforeEach(() => {
  vi.useFakeTimers();
  recording = new Recording(RATE);
  player = new Player(
    (sampleRate) => (clock = new HandClock(sampleRate)) as unknown as AudioClock,
    () => undefined,
  );
  player.load(recording);
});

afterEach(() => {
  player.pause();
  vi.useRealTimers();
});

function record(seconds: number): void {
  recording.append(new Int16Array(seconds * RATE));
  player.pump();
}

function finish(): void {
  recording.complete = true;
  player.pump();
}

function pass(seconds: number): void {
  clock.currentTime += seconds;
  player.pump();
}

describe("slices", () => {
  test("follow each other without gap or overlap, however the recording grows", async () => {
    await player.play();
    for (const seconds of [0.4, 0.07, 1.3, 0.9]) {
      record(seconds);
      pass(0.05);
    }

    const { slices } = clock;
    for (const [k, slice] of slices.entries()) {
      const next = slices[k + 1];
      if (next !== undefined) expect(next.at).toBeCloseTo(slice.at + slice.samples / RATE, 9);
    }
    expect(slices.length).toBeGreaterThan(3);
  });

  test("are scheduled only a little ahead, so that a long recording costs no memory", async () => {
    record(600);
    await player.play();

    expect(clock.slices.reduce((sum, { samples }) => sum + samples, 0) / RATE).toBeLessThan(4);
  });

  test("hold every sample once by the end", async () => {
    record(7.3);
    finish();
    await player.play();
    for (let k = 0; k < 20; k += 1) pass(0.5);

    expect(clock.slices.reduce((sum, { samples }) => sum + samples, 0)).toBe(7300);
    expect(player.state).toBe("ended");
  });
});

describe("playing", () => {
  test("waits until there is enough to begin with", async () => {
    await player.play();
    record(0.1);
    expect(player.state).toBe("waiting");

    record(0.4);
    expect(player.state).toBe("playing");
  });

  test("begins with very little when that is all", async () => {
    await player.play();
    record(0.1);
    finish();

    expect(player.state).toBe("playing");
  });

  test("waits where the sound ran out, and goes on from there", async () => {
    record(1);
    await player.play();
    pass(3);
    expect(player.state).toBe("waiting");
    expect(player.position).toBe(1);

    record(1);
    expect(player.state).toBe("playing");
    expect(clock.slices.at(-1)?.at).toBeGreaterThan(clock.currentTime);
  });

  test("shows a position that follows the clock", async () => {
    record(2);
    await player.play();
    pass(1.08);

    expect(player.position).toBeCloseTo(1, 6);
  });

  test("ends at the end, and starts over when asked again", async () => {
    record(1);
    finish();
    await player.play();
    pass(2);
    expect([player.state, player.position]).toEqual(["ended", 1]);

    await player.play();
    expect([player.state, player.position]).toEqual(["playing", 0]);
  });

  test("of nothing at all ends", async () => {
    finish();
    await player.play();

    expect(player.state).toBe("ended");
  });
});

describe("pausing", () => {
  test("silences what was scheduled and keeps the position", async () => {
    record(4);
    await player.play();
    pass(1.08);
    player.pause();
    pass(1);

    expect(clock.slices.every(({ stopped }) => stopped)).toBe(true);
    expect(player.position).toBeCloseTo(1, 6);
  });

  test("holds while the recording grows", async () => {
    await player.play();
    player.pause();
    record(1);

    expect(player.state).toBe("paused");
  });
});

describe("seeking", () => {
  test("goes on playing from there", async () => {
    record(10);
    await player.play();
    player.seek(6);

    expect(player.state).toBe("playing");
    expect(player.position).toBeCloseTo(6, 6);
  });

  test("stays silent while paused", () => {
    record(10);
    player.seek(6);

    expect([player.state, player.position]).toEqual(["paused", 6]);
  });

  test.each([
    [-3, 0],
    [99, 10],
  ])("to %d s keeps within the recording", (wanted, reached) => {
    record(10);
    player.seek(wanted);

    expect(player.position).toBe(reached);
  });
});

describe("another speed", () => {
  test("moves the position as many times as fast", async () => {
    record(10);
    await player.play();
    player.setSpeed(1.5);
    pass(2.08); // the cushion before the first sample is 0.08

    expect(player.position).toBeCloseTo(3, 1);
  });

  test("goes on from where it was", async () => {
    record(10);
    await player.play();
    pass(1.08);
    player.setSpeed(0.75);

    expect(player.state).toBe("playing");
    expect(player.position).toBeCloseTo(1, 1);
  });

  test("lays its slices end to end", async () => {
    record(10);
    player.setSpeed(1.25);
    await player.play();
    pass(1);

    clock.slices.slice(1).forEach((slice, k) => {
      const before = clock.slices[k];
      expect(slice.at).toBeCloseTo((before?.at ?? NaN) + (before?.samples ?? NaN) / RATE, 6);
    });
  });

  test.each([0.75, 2])("of %d ends when the sound does", async (speed) => {
    record(6);
    finish();
    player.setSpeed(speed);
    await player.play();
    for (let k = 0; k < 6 / speed; k += 1) pass(1);
    pass(0.2);

    expect(player.state).toBe("ended");
    expect(player.position).toBeCloseTo(6, 6);
  });

  test("waits for more where the rest is late, and goes on from there", async () => {
    record(1);
    player.setSpeed(2);
    await player.play();
    pass(2);
    expect(player.state).toBe("waiting");
    record(2);
    finish();

    expect(player.state).toBe("playing");
    expect(player.position).toBeCloseTo(1, 1);
  });

  test("stays paused while paused", () => {
    record(10);
    player.seek(4);
    player.setSpeed(2);

    expect([player.state, player.position]).toEqual(["paused", 4]);
  });
});

test("another recording starts at its beginning, silent", async () => {
  record(3);
  await player.play();
  pass(1);
  player.load(new Recording(RATE));

  expect([player.state, player.position]).toEqual(["paused", 0]);
});

test("the clock runs at the recording's rate, so that nothing is resampled", async () => {
  await player.unlock(48_000);
  record(1);
  await player.play();

  expect(clock.sampleRate).toBe(RATE);
});
