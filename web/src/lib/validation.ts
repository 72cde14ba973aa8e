/** What is wrong with what a person wrote, before the server is asked. Undefined where nothing is. */

import type { Translated } from "./languages";

type Fault = Translated<string> | undefined;

/** Characters of the shortest password that the server takes. */
export const SHORTEST_PASSWORD = 8;

export function missing(value: string): Fault {
  return value.trim() === "" ? { zh: "请填写此项。", en: "This is needed." } : undefined;
}

export function emailFault(value: string): Fault {
  if (value.trim() === "") return { zh: "请填写邮箱地址。", en: "Enter an e-mail address." };
  if (!/^[^\s@]+@[^\s@]+\.[^\s@]+$/u.test(value.trim())) {
    return { zh: "邮箱地址的格式不正确，例如 name@example.com。", en: "An e-mail address looks like name@example.com." };
  }
  return undefined;
}

export function passwordFault(value: string): Fault {
  if ([...value].length >= SHORTEST_PASSWORD) return undefined;
  const least = String(SHORTEST_PASSWORD);
  return { zh: `密码至少 ${least} 个字符。`, en: `A password has at least ${least} characters.` };
}

const SYMBOLS = "0123456789ABCDEFGHJKLMNPQRTUWXY"; // GB 32100-2015: without I, O, S, V, Z
const WEIGHTS = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28];

/** A tax number: a social credit code with its check character (GB 32100-2015), or an older one of 15 to 20 characters. */
export function taxNumberFault(value: string): Fault {
  const number = value.trim().toUpperCase();
  if (number === "") return { zh: "请填写税号。", en: "Enter the tax number." };
  if (!/^[0-9A-Z]{15,20}$/u.test(number)) return { zh: "税号由 15 至 20 位数字和大写字母组成。", en: "A tax number has 15 to 20 digits and letters." };
  if (number.length === 18 && !isSocialCreditCode(number)) {
    return { zh: "税号的校验位不正确，请核对。", en: "The tax number's check character is wrong." };
  }
  return undefined;
}

function isSocialCreditCode(code: string): boolean {
  const values = [...code].map((character) => SYMBOLS.indexOf(character));
  if (values.includes(-1)) return false;
  const sum = WEIGHTS.reduce((total, weight, k) => total + weight * (values[k] ?? 0), 0);
  return values[WEIGHTS.length] === (31 - (sum % 31)) % 31;
}
