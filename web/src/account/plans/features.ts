/** What a plan allows, in a few lines. */

import { amountOf } from "../../lib/amounts";
import { grouped } from "../../lib/format";
import type { Language } from "../../lib/languages";
import type { Allowance, Plan } from "../../server/billing";
import { planWords } from "../words/plans";

export function featuresOf(plan: Plan, language: Language): readonly string[] {
  const t = planWords[language];
  const { limits } = plan;
  const separator = language === "zh" ? "、" : ", ";
  const formats = limits.formats?.map((format) => format.toUpperCase()).join(separator);
  return [
    ...plan.allowances.flatMap((allowance) => allowanceLines(allowance, language)),
    limits.concurrency === 0 ? "" : t.concurrency(limits.concurrency),
    limits.text_limit === null || limits.text_limit === 0 ? "" : t.textLimit(grouped(limits.text_limit)),
    limits.voices === null ? (formats === undefined ? t.allVoices : "") : t.voices(limits.voices.join(separator)),
    formats === undefined ? "" : t.formats(formats),
    limits.custom_voice ? t.customVoice : "",
  ].filter((line) => line !== "");
}

function allowanceLines({ meter, amount, per, valid_days: days }: Allowance, language: Language): readonly string[] {
  const t = planWords[language];
  const written = amountOf(meter, amount, language);
  if (per === "day") return [t.eachDay(written)];
  if (per === "period") return [t.eachMonth(written)];
  return [t.once(written), days === null ? t.validForever : t.validDays(days)];
}

/** What pressing a subscription's button does. */
export function stepTo(plan: Plan, current: Plan | undefined): "current" | "subscribe" | "upgrade" | "downgrade" {
  if (current === undefined || current.kind !== "subscription") return "subscribe";
  if (plan.id === current.id) return "current";
  return plan.price_fen >= current.price_fen ? "upgrade" : "downgrade";
}
