/** What meters count, as people read it. */

import type { Meter } from "../server/account";
import { grouped } from "./format";
import type { Language } from "./languages";

/** `1,234 次`, `1,234 calls`; seconds as hours, minutes and seconds. */
export function amountOf(meter: Meter, value: number, language: Language): string {
  if (meter === "seconds") return durationOf(value, language);
  const [one, many] = meter === "calls" ? ["call", "calls"] : ["character", "characters"];
  if (language === "en") return `${grouped(value)} ${value === 1 ? one : many}`;
  return `${grouped(value)} ${meter === "calls" ? "次" : "字"}`;
}

/** 3725 → `1 小时 2 分`, 65 → `1 分 5 秒`, 12.34 → `12.3 秒`: the two largest units. */
export function durationOf(seconds: number, language: Language): string {
  const [h, m, s] = language === "zh" ? ["小时", "分", "秒"] : ["h", "min", "s"];
  if (seconds < 60) return `${String(Math.round(seconds * 10) / 10)} ${s}`;
  const whole = Math.round(seconds);
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  if (hours > 0) return minutes > 0 ? `${grouped(hours)} ${h} ${String(minutes)} ${m}` : `${grouped(hours)} ${h}`;
  return rest > 0 ? `${String(minutes)} ${m} ${String(rest)} ${s}` : `${String(minutes)} ${m}`;
}
