/** Browser and system by what a browser says of itself, for people: `Chrome · Windows`. */

const BROWSERS: readonly (readonly [RegExp, string])[] = [
  [/MicroMessenger/u, "微信"],
  [/Edg(?:e|A|iOS)?\//u, "Edge"],
  [/Firefox\/|FxiOS\//u, "Firefox"],
  [/Chrome\/|CriOS\//u, "Chrome"],
  [/Safari\//u, "Safari"],
];

const SYSTEMS: readonly (readonly [RegExp, string])[] = [
  [/iPhone|iPad/u, "iOS"],
  [/Android/u, "Android"],
  [/HarmonyOS|OpenHarmony/u, "HarmonyOS"],
  [/Windows/u, "Windows"],
  [/Mac OS X/u, "macOS"],
  [/Linux/u, "Linux"],
];

/** Empty where neither is known. */
export function deviceOf(agent: string): string {
  const known = [BROWSERS, SYSTEMS].map((names) => names.find(([pattern]) => pattern.test(agent))?.[1]);
  return known.filter((name) => name !== undefined).join(" · ");
}
