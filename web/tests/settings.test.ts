import { describe, expect, test } from "vitest";

import type { Choices, Voices } from "../src/lib/api";
import { emotionsOf, loadSettings, saveSettings } from "../src/lib/settings";

const voice = (id: string, ...emotions: string[]): Voices["voices"][number] => ({
  id,
  name: "晓",
  name_en: "Xiao",
  description: "",
  description_en: "",
  gender: "female",
  languages: ["zh-CN"],
  engine: "silent",
  emotions: ["neutral", ...emotions],
});
const emotion = (id: string): Choices["emotions"][number] => ({ id, name: id, name_en: id, description: "", description_en: "" });
const voices: Voices = { voices: [voice("one", "happy"), voice("two")], default: "two" };
const choices: Choices = {
  emotions: [emotion("neutral"), emotion("happy"), emotion("auto")],
  intensity: { min: 0, max: 2, default: 1 },
  speed: { min: 0.5, max: 2, default: 1 },
  pitch: { min: -12, max: 12, default: 0 },
  volume: { min: -20, max: 20, default: 0 },
  limit: 20_000,
  formats: ["wav", "mp3"],
};
const defaults = { voice: "two", emotion: "neutral", intensity: 1, speed: 1, pitch: 0, volume: 0, format: "mp3" };

/** A browser's storage as far as settings use it. */
function storageWith(kept: string | null): Storage {
  let value = kept;
  return { getItem: () => value, setItem: (_: string, text: string) => (value = text) } as unknown as Storage;
}

test("a voice is offered the emotions that it shows, and the automatic choice where there is one", () => {
  const offered = (id: string): string[] => emotionsOf(id, voices, choices).map((each) => each.id);

  expect(offered("one")).toEqual(["neutral", "happy", "auto"]);
  expect(offered("two")).toEqual(["neutral"]);
});

describe("settings", () => {
  test.each([null, "{}", "no json", "[]", "null", '{"speed":"fast","voice":7}'])("are the defaults when %j was kept", (kept) => {
    expect(loadSettings(storageWith(kept), voices, choices)).toEqual(defaults);
  });

  test("are the defaults where the browser keeps nothing", () => {
    expect(loadSettings(undefined, voices, choices)).toEqual(defaults);
  });

  test("come back as they were kept", () => {
    const storage = storageWith(null);
    const chosen = { ...defaults, voice: "one", emotion: "happy", speed: 1.5, pitch: -3, format: "wav" };
    saveSettings(storage, chosen);

    expect(loadSettings(storage, voices, choices)).toEqual(chosen);
  });

  test("forget an emotion that the voice does not show", () => {
    const kept = JSON.stringify({ ...defaults, voice: "two", emotion: "happy" });

    expect(loadSettings(storageWith(kept), voices, choices)).toEqual(defaults);
  });

  test("forget what this server does not offer", () => {
    const kept = JSON.stringify({ ...defaults, voice: "gone", emotion: "gone", speed: 9, format: "ogg" });

    expect(loadSettings(storageWith(kept), voices, choices)).toEqual(defaults);
  });
});
