/** How the server is, as a list of checks. */

import { timeIn } from "../lib/dates";
import { grouped } from "../lib/format";
import type { Language } from "../lib/languages";
import type { Health } from "../server/admin";
import { adminWords } from "./words";

export type CheckState = "ok" | "warning" | "failed" | "off";

export interface HealthCheck {
  readonly name: keyof typeof adminWords.zh.checks;
  readonly state: CheckState;
  readonly detail: string;
}

const SLOW = 100; // milliseconds within which a database answers
const NAMES = { sqlite: "SQLite", postgresql: "PostgreSQL" };
const LICENSE_STATES: Readonly<Record<string, CheckState>> = { none: "off", valid: "ok", expired: "failed", tampered: "failed" };

/** @param nameOf the name of a method of payment. */
export function checksOf(health: Health, language: Language, zone: string, nameOf: (id: string) => string): readonly HealthCheck[] {
  const t = adminWords[language];
  const { database, instances, license } = health;
  const live = instances.filter((each) => each.is_live).length;
  const messages = license.messages.map((each) => (language === "zh" ? each.message : each.message_en)).join("");
  return [
    {
      name: "database",
      state: database.latency_ms > SLOW ? "warning" : "ok",
      detail: t.database(NAMES[database.kind], String(database.latency_ms), database.revision),
    },
    { name: "mail", ...mailOf(health.mail, language, zone) },
    { name: "payments", state: health.payments.length > 0 ? "ok" : "off", detail: paymentsOf(health.payments.map(nameOf), language) },
    { name: "books", ...booksOf(health.books, language, zone) },
    { name: "instances", state: live > 0 ? "ok" : "warning", detail: t.instances(live, instances.length - live) },
    {
      name: "license",
      state: LICENSE_STATES[license.state] ?? "warning",
      detail: messages || (license.state === "none" ? t.noLicense : t.licensed),
    },
  ];
}

function paymentsOf(methods: readonly string[], language: Language): string {
  return methods.length > 0 ? methods.join(language === "zh" ? "、" : ", ") : adminWords[language].paymentsOff;
}

function booksOf(books: Health["books"], language: Language, zone: string): Omit<HealthCheck, "name"> {
  const t = adminWords[language];
  if (books === null) return { state: "warning", detail: t.booksUnproved };
  const at = timeIn(zone, books.proved_at);
  if (books.is_right) return { state: "ok", detail: t.booksRight(at, grouped(books.journals)) };
  return { state: "failed", detail: t.booksWrong(at, grouped(books.faults)) };
}

function mailOf({ configured, waiting, abandoned, oldest }: Health["mail"], language: Language, zone: string): Omit<HealthCheck, "name"> {
  const t = adminWords[language];
  if (!configured) return { state: "off", detail: t.mailOff };
  const told = [waiting > 0 && oldest !== null ? t.mailWaiting(grouped(waiting), timeIn(zone, oldest)) : t.mailIdle];
  if (abandoned > 0) told.push(t.mailAbandoned(grouped(abandoned)));
  return { state: abandoned > 0 ? "warning" : "ok", detail: told.join(language === "zh" ? "" : " ") };
}
