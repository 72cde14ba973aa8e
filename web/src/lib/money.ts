/** Money as people read and write it. Amounts are integers in fen. */

const FEN_OF_YUAN = 100;
const MOST_DIGITS = 9; // of whole yuan: beyond it fen would not be exact

/** 1990 → `¥19.90`, −100 → `−¥1.00`. */
export function yuan(fen: number): string {
  const whole = Math.trunc(Math.abs(fen) / FEN_OF_YUAN);
  const rest = String(Math.abs(fen) % FEN_OF_YUAN).padStart(2, "0");
  return `${fen < 0 ? "−" : ""}¥${whole.toLocaleString("en-US")}.${rest}`;
}

/** 1990, `USD` → `USD 19.90`; CNY as `yuan`. */
export function money(amount: number, currency: string): string {
  return currency === "CNY" ? yuan(amount) : yuan(amount).replace("¥", `${currency} `);
}

/** 1990 → `¥19.90`, 2000 → `¥20`: a price in large letters. */
export function shortYuan(fen: number): string {
  return fen % FEN_OF_YUAN === 0 ? yuan(fen).slice(0, -3) : yuan(fen);
}

/** `19.9` → 1990; undefined for what is no amount of at most two decimals. */
export function parseYuan(text: string): number | undefined {
  const found = /^[¥￥]?\s*(\d+)(?:\.(\d{1,2}))?$/u.exec(text.trim().replaceAll(",", ""));
  const [, whole = "", decimals = ""] = found ?? [];
  if (found === null || whole.length > MOST_DIGITS) return undefined;
  return Number(whole) * FEN_OF_YUAN + Number(decimals.padEnd(2, "0"));
}
