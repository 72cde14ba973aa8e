/** Days and times in the zone of an account, which need not be the browser's. */

import { languageTags, type Language } from "./languages";

const DAY = 86_400_000; // milliseconds

/** The day of a moment as `YYYY-MM-DD` in a zone. */
export function dayIn(zone: string, moment: Date): string {
  const parts = new Intl.DateTimeFormat("en-US", { timeZone: zone, year: "numeric", month: "2-digit", day: "2-digit" }).formatToParts(moment);
  const part = (type: string): string => parts.find((each) => each.type === type)?.value ?? "";
  return `${part("year").padStart(4, "0")}-${part("month")}-${part("day")}`;
}

/** `2026-11-30` and 2 → `2026-12-02`. */
export function addDays(day: string, count: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + count * DAY).toISOString().slice(0, 10);
}

/** Every day from the first to the last. */
export function daysBetween(from: string, to: string): readonly string[] {
  const count = Math.round((Date.parse(to) - Date.parse(from)) / DAY) + 1;
  return Array.from({ length: Math.max(0, count) }, (_, k) => addDays(from, k));
}

/** `2026-11-22T10:00:00Z` → `2026-11-22 18:00` in Asia/Shanghai. */
export function timeIn(zone: string, iso: string): string {
  const moment = new Date(iso);
  const time = moment.toLocaleTimeString("en-GB", { timeZone: zone, hour: "2-digit", minute: "2-digit" });
  return `${dayIn(zone, moment)} ${time}`;
}

/** `2026-11-22` → `11月22日` or `Nov 22`. */
export function shortDay(day: string, language: Language): string {
  return new Date(`${day}T00:00:00Z`).toLocaleDateString(languageTags[language], { timeZone: "UTC", month: "short", day: "numeric" });
}

/** Whole seconds until a moment, never below 0. */
export function secondsUntil(iso: string, now: number): number {
  return Math.max(0, Math.ceil((Date.parse(iso) - now) / 1000));
}

/** Whole days until a moment, begun days counted, never below 0. */
export function daysUntil(iso: string, now: number): number {
  return Math.max(0, Math.ceil((Date.parse(iso) - now) / DAY));
}

/** The end of a day in a zone, as ISO 8601 in UTC. */
export function endOfDay(zone: string, day: string): string {
  const noon = Date.parse(`${day}T12:00:00Z`);
  const midnight = Date.parse(`${day}T23:59:59Z`);
  return new Date(midnight - offsetOf(zone, noon)).toISOString().replace(".000Z", "Z");
}

/** Milliseconds that the clocks of a zone are ahead of UTC at a moment. */
function offsetOf(zone: string, moment: number): number {
  const there = new Date(moment).toLocaleString("sv-SE", { timeZone: zone }); // `2026-11-22 18:00:00`
  return Date.parse(`${there.replace(" ", "T")}Z`) - moment;
}
