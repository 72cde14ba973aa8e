/** Words of the audit log: one for each code of the server, which a test compares. */

import type { Language } from "./languages";

type ActorKind = "member" | "former" | "key" | "operator" | "system" | "unknown";

/** Who did something, as the server tells it. */
export interface Acting {
  readonly actor: string;
  readonly actor_kind: ActorKind;
  readonly actor_name: string;
}

const actionsInChinese: Readonly<Record<string, string>> = {
  "account.created": "创建账户",
  "account.changed": "修改账户",
  "account.deleted": "删除账户",
  "account.suspended": "停用账户",
  "account.resumed": "恢复账户",
  "account.flagged": "修改标记",
  "grant.given": "赠送额度",
  "email.verified": "验证邮箱",
  "password.changed": "修改密码",
  "password.reset": "重置密码",
  "password.set": "运营者设置密码",
  "session.created": "登录",
  "session.ended": "退出登录",
  "session.refused": "登录失败",
  "session.switched": "切换账户",
  "app.signed_in": "应用登录",
  "app.token_reused": "刷新令牌被重复使用",
  "identity.linked": "关联第三方登录",
  "identity.unlinked": "取消关联第三方登录",
  "key.created": "创建密钥",
  "key.changed": "修改密钥",
  "key.revoked": "撤销密钥",
  "member.added": "成员加入",
  "member.removed": "成员离开",
  "member.role_changed": "修改成员的角色",
  "invitation.created": "邀请成员",
  "invitation.revoked": "撤回邀请",
  "order.cancelled": "取消订单",
  "order.confirmed": "确认到账",
  "order.refunded": "退款",
  "invoice.requested": "申请发票",
  "invoice.issued": "开具发票",
  "subscription.changed": "更改套餐",
  "subscription.cancelled": "取消续费",
  "subscription.resumed": "恢复续费",
  "voice.granted": "授予专属音色",
  "voice.revoked": "收回专属音色",
  "voice.hidden": "设为专属音色",
  "voice.published": "公开音色",
  "operator.created": "指定运营者",
  "operator.dismissed": "取消运营者",
};

const actionsInEnglish: Readonly<Record<string, string>> = {
  "account.created": "Account created",
  "account.changed": "Account changed",
  "account.deleted": "Account deleted",
  "account.suspended": "Account suspended",
  "account.resumed": "Account resumed",
  "account.flagged": "Flags changed",
  "grant.given": "Allowance given",
  "email.verified": "Address verified",
  "password.changed": "Password changed",
  "password.reset": "Password reset",
  "password.set": "Password set by the operator",
  "session.created": "Signed in",
  "session.ended": "Signed out",
  "session.refused": "Sign-in refused",
  "session.switched": "Account switched",
  "app.signed_in": "App signed in",
  "app.token_reused": "Refresh token used twice",
  "identity.linked": "Provider linked",
  "identity.unlinked": "Provider unlinked",
  "key.created": "Key created",
  "key.changed": "Key changed",
  "key.revoked": "Key revoked",
  "member.added": "Member joined",
  "member.removed": "Member left",
  "member.role_changed": "Role changed",
  "invitation.created": "Invitation sent",
  "invitation.revoked": "Invitation withdrawn",
  "order.cancelled": "Order cancelled",
  "order.confirmed": "Payment confirmed",
  "order.refunded": "Refunded",
  "invoice.requested": "Invoice requested",
  "invoice.issued": "Invoice issued",
  "subscription.changed": "Plan changed",
  "subscription.cancelled": "Renewal cancelled",
  "subscription.resumed": "Renewal resumed",
  "voice.granted": "Private voice granted",
  "voice.revoked": "Private voice withdrawn",
  "voice.hidden": "Voice made private",
  "voice.published": "Voice made public",
  "operator.created": "Operator appointed",
  "operator.dismissed": "Operator dismissed",
};

const ACTIONS = { zh: actionsInChinese, en: actionsInEnglish };

const ACTORS: Readonly<Record<Language, Readonly<Record<ActorKind, string>>>> = {
  zh: { member: "成员", former: "以前的成员", key: "密钥", operator: "运营者", system: "系统", unknown: "未登录" },
  en: { member: "member", former: "former member", key: "key", operator: "operator", system: "system", unknown: "nobody signed in" },
};

/** A code in words; the code itself where a newer server has one that is not known here. */
export function actionIn(language: Language, action: string): string {
  return ACTIONS[language][action] ?? action;
}

/** Whoever did something: by name where the server tells it, and by kind where that is no member. */
export function actorIn(language: Language, { actor_kind: kind, actor_name: name }: Acting): string {
  const word = ACTORS[language][kind];
  if (name === "") return word;
  if (kind === "member") return name;
  return language === "zh" ? `${name}（${word}）` : `${name} (${word})`;
}
