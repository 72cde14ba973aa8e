/** Signing in and out, and what proves who a person is. */

import { explained, getJson, sendJson } from "../lib/http";
import type { Session } from "./account";

export interface SignUp {
  readonly email: string;
  readonly password: string;
  readonly name?: string;
  readonly locale: string;
  readonly zone: string;
}

/** Of a mailed link that was cut off. */
export const BROKEN_LINK = {
  zh: "链接不完整，请从邮件中重新打开，或重新获取。",
  en: "This link is incomplete. Open it from the e-mail again, or get a new one.",
};

/** An OpenID provider to sign in with. */
export interface Provider {
  readonly id: string;
  readonly name: string;
}

/** The ways in: who may sign up, whether mails are sent, and the providers. */
export interface SignInOptions {
  readonly signup: "verified" | "open" | "closed";
  readonly mail: boolean;
  readonly providers: readonly Provider[];
}

export interface BrowserSession {
  readonly id: string;
  readonly created_at: string;
  readonly last_seen_at: string;
  readonly address: string;
  readonly user_agent: string;
  readonly current: boolean;
}

export const signUp = (fields: SignUp): Promise<unknown> => sendJson("POST", "/api/auth/signup", fields);

export const signIn = (email: string, password: string): Promise<Session> => sendJson("POST", "/api/auth/login", { email, password });

export const signOut = (): Promise<undefined> => sendJson("POST", "/api/auth/logout");

export const verifyEmail = (token: string): Promise<Session> =>
  explained(sendJson("POST", "/api/auth/verify", { token }), "token", BROKEN_LINK);

export const resendVerification = (email: string): Promise<unknown> => sendJson("POST", "/api/auth/verify/resend", { email });

export const forgetPassword = (email: string): Promise<unknown> => sendJson("POST", "/api/auth/password/forgot", { email });

export const resetPassword = (token: string, password: string): Promise<Session> =>
  explained(sendJson("POST", "/api/auth/password/reset", { token, password }), "token", BROKEN_LINK);

export const changePassword = (current: string, next: string): Promise<undefined> =>
  sendJson("POST", "/api/auth/password/change", { current, new: next });

export const fetchOptions = (signal?: AbortSignal): Promise<SignInOptions> => getJson("/api/auth/options", signal);

/** Where signing in with a provider begins; the browser comes back to `returnTo`. */
export const providerAddress = (id: string, returnTo: string): string =>
  `/api/auth/oidc/${encodeURIComponent(id)}/start?return_to=${encodeURIComponent(returnTo)}`;

/** An identity at a provider that the person can sign in by. */
export interface Identity {
  readonly id: string;
  readonly provider: string;
  readonly name: string;
  readonly created_at: string;
}

export const IDENTITIES = "/api/auth/identities";

export const unlinkIdentity = (id: string): Promise<undefined> => sendJson("DELETE", `${IDENTITIES}/${encodeURIComponent(id)}`);

export const endSession = (id: string): Promise<undefined> => sendJson("DELETE", `/api/auth/sessions/${encodeURIComponent(id)}`);
