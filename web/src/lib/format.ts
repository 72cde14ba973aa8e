/** Numbers as people read them. */

/** 75.4 s → `1:15`. */
export function clock(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  return `${String(Math.floor(whole / 60))}:${String(whole % 60).padStart(2, "0")}`;
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
