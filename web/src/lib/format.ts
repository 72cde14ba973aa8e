/** Numbers as people read them. */

const SHORT = 10; // seconds below which tenths are told
const OPENING = 40; // characters

/** Writes seconds with their unit: `0.7` → `0.7 秒`. */
type WithUnit = (seconds: string) => string;

/** To the nearest second: 75.4 s → `1:15`. */
export function clock(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  return `${String(Math.floor(whole / 60))}:${String(whole % 60).padStart(2, "0")}`;
}

/** How long a sound lasts: 0.7 s → `0.7 秒`, 75.4 s → `1:15`. */
export function lasting(seconds: number, withUnit: WithUnit): string {
  return isShort(seconds) ? withUnit(tenths(seconds)) : clock(seconds);
}

/** How far a sound has been heard: `0.3 / 0.7 秒`, `0:12 / 1:15`. */
export function heardOf(position: number, duration: number, withUnit: WithUnit): string {
  if (!isShort(duration)) return `${clock(position)} / ${clock(duration)}`;
  return `${tenths(position)} / ${withUnit(tenths(duration))}`;
}

/** 20000 → `20,000`. */
export function grouped(count: number): string {
  return count.toLocaleString("en-US");
}

/** −3 → `−3`, 2 → `+2`, 0 → `0`. */
export function signed(value: number): string {
  if (value === 0) return "0";
  return value > 0 ? `+${String(value)}` : `−${String(-value)}`;
}

/** The beginning of a text on one line, at most 40 characters. */
export function openingOf(text: string): string {
  const characters = [...text.slice(0, OPENING * 2)];
  return characters.slice(0, OPENING).join("").replaceAll(/\s+/gu, " ");
}

function isShort(seconds: number): boolean {
  return Number(tenths(seconds)) < SHORT;
}

/** One decimal; what lasts at all is never told as nothing. */
function tenths(seconds: number): string {
  return (seconds > 0 ? Math.max(seconds, 0.1) : 0).toFixed(1);
}
