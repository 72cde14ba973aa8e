/** How the person likes to hear things, kept in the browser. */

import { AUTO, type Choices, type Emotion, type Range, type Voices } from "./api";
import { keep } from "./storage";

export interface Settings {
  voice: string;
  emotion: string;
  intensity: number;
  speed: number;
  pitch: number;
  volume: number;
  format: string;
}

const KEY = "huisheng.settings";

/** What was kept, as far as this server still offers it; defaults for the rest. */
export function loadSettings(storage: Storage | undefined, voices: Voices, choices: Choices): Settings {
  return offered(readKept(storage), voices, choices);
}

/** The settings nearest to `kept` that this server offers. */
export function offered(kept: Readonly<Record<string, unknown>>, voices: Voices, choices: Choices): Settings {
  const voice = oneOf(kept["voice"], voices.voices.map(({ id }) => id), voices.default);
  const emotionIds = emotionsOf(voice, voices, choices).map((emotion) => emotion.id);
  return {
    voice,
    emotion: oneOf(kept["emotion"], emotionIds, emotionIds[0] ?? "neutral"),
    intensity: within(kept["intensity"], choices.intensity),
    speed: within(kept["speed"], choices.speed),
    pitch: within(kept["pitch"], choices.pitch),
    volume: within(kept["volume"], choices.volume),
    format: oneOf(kept["format"], choices.formats, choices.formats.includes("mp3") ? "mp3" : (choices.formats[0] ?? "wav")),
  };
}

/** What a voice shows, in the order of all; the rest would be refused. */
export function emotionsOf(voice: string, voices: Voices, choices: Choices): readonly Emotion[] {
  const shown = voices.voices.find(({ id }) => id === voice)?.emotions ?? [];
  return choices.emotions.filter(({ id }) => shown.includes(id) || (id === AUTO.id && shown.length > 1));
}

export function saveSettings(storage: Storage | undefined, settings: Settings): void {
  keep(storage, KEY, JSON.stringify(settings));
}

function readKept(storage: Storage | undefined): Record<string, unknown> {
  try {
    const kept: unknown = JSON.parse(storage?.getItem(KEY) ?? "{}");
    return typeof kept === "object" && kept !== null ? (kept as Record<string, unknown>) : {};
  } catch (error) {
    if (error instanceof SyntaxError) return {};
    throw error;
  }
}

function oneOf(value: unknown, allowed: readonly string[], fallback: string): string {
  return typeof value === "string" && allowed.includes(value) ? value : fallback;
}

function within(value: unknown, range: Range): number {
  const usable = typeof value === "number" && value >= range.min && value <= range.max;
  return usable ? value : range.default;
}
