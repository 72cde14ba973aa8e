/** Who did what the audit log tells of, in words. */

import type { Language } from "./languages";

type ActorKind = "member" | "former" | "key" | "operator" | "system" | "unknown";

/** Who did something, as the server tells it. */
export interface Acting {
  readonly actor: string;
  readonly actor_kind: ActorKind;
  readonly actor_name: string;
}

const ACTORS: Readonly<Record<Language, Readonly<Record<ActorKind, string>>>> = {
  zh: { member: "成员", former: "以前的成员", key: "密钥", operator: "运营者", system: "系统", unknown: "未登录" },
  en: { member: "member", former: "former member", key: "key", operator: "operator", system: "system", unknown: "nobody signed in" },
};

/** Whoever did something: by name where the server tells it, and by kind where that is no member. */
export function actorIn(language: Language, { actor_kind: kind, actor_name: name }: Acting): string {
  const word = ACTORS[language][kind];
  if (name === "") return word;
  if (kind === "member") return name;
  return language === "zh" ? `${name}（${word}）` : `${name} (${word})`;
}
