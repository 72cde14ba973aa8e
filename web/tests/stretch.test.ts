import { describe, expect, test } from "vitest";

import { Recording } from "../src/lib/recording";
import { Stretcher } from "../src/lib/stretch";

const RATE = 24_000; // Hz
const PITCH = 220; // Hz

/** A vowel-like tone: a fundamental and two overtones. */
function tone(seconds: number, complete = true): Recording {
  const recording = new Recording(RATE);
  const angle = (k: number): number => (2 * Math.PI * PITCH * k) / RATE;
  const sample = (_: unknown, k: number): number =>
    8000 * (Math.sin(angle(k)) + 0.5 * Math.sin(2 * angle(k)) + 0.25 * Math.sin(3 * angle(k)));
  recording.append(Int16Array.from({ length: seconds * RATE }, sample));
  recording.complete = complete;
  return recording;
}

function readAll(stretcher: Stretcher): Float32Array {
  const samples: number[] = [];
  for (let slice = stretcher.read(0.5); slice.length > 0; slice = stretcher.read(0.5)) samples.push(...slice);
  return Float32Array.from(samples);
}

/** Upward zero crossings in a second: the fundamental's frequency, since the overtones add none. */
function pitchOf(samples: Float32Array): number {
  let crossings = 0;
  for (let k = 1; k < samples.length; k += 1) if ((samples[k - 1] ?? 0) < 0 && (samples[k] ?? 0) >= 0) crossings += 1;
  return (crossings * RATE) / samples.length;
}

describe.each([0.75, 1.25, 1.5, 2])("at %d times the speed", (speed) => {
  const samples = readAll(new Stretcher(tone(2), 0, speed));

  test("the sound lasts as much shorter", () => {
    expect(samples.length / RATE).toBeCloseTo(2 / speed, 1);
  });

  test("its pitch stays", () => {
    expect(Math.abs(pitchOf(samples.subarray(0, samples.length - RATE / 20)) / PITCH - 1)).toBeLessThan(0.01);
  });

  test("no jump can be heard within", () => {
    const steps = Array.from({ length: samples.length - RATE / 20 }, (_, k) => Math.abs((samples[k + 1] ?? 0) - (samples[k] ?? 0)));
    expect(Math.max(...steps)).toBeLessThan(0.06); // the tone itself steps 0.05 at most
  });
});

test("silence stays silence", () => {
  const recording = new Recording(RATE);
  recording.append(new Int16Array(RATE));
  recording.complete = true;

  expect(Math.max(...readAll(new Stretcher(recording, 0, 1.5)))).toBe(0);
});

test("it waits for what is not recorded yet, and goes on when it is", () => {
  const recording = tone(0.5, false);
  const stretcher = new Stretcher(recording, 0, 1.5);
  const before = readAll(stretcher).length;
  recording.append(new Int16Array(RATE / 2));
  recording.complete = true;

  expect(before / RATE).toBeLessThan(0.5 / 1.5);
  expect((before + readAll(stretcher).length) / RATE).toBeCloseTo(1 / 1.5, 1);
});

test("what it reached is the end when all is read", () => {
  const recording = tone(1);
  const stretcher = new Stretcher(recording, RATE / 2, 2);
  readAll(stretcher);

  expect(stretcher.reached).toBe(recording.length);
});
