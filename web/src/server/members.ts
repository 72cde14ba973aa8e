/** The people of an account, and those who are invited. */

import { explained, sendJson } from "../lib/http";
import type { Role, Session } from "./account";
import { BROKEN_LINK } from "./auth";

export interface Member {
  readonly user_id: string;
  readonly email: string;
  readonly name: string;
  readonly role: Role;
  readonly created_at: string;
}

export interface Invitation {
  readonly id: string;
  readonly email: string;
  readonly role: Role;
  readonly created_at: string;
  readonly expires_at: string;
}

export const MEMBERS = "/api/account/members";
export const INVITATIONS = "/api/account/invitations";

export const invite = (email: string, role: Role): Promise<Invitation> => sendJson("POST", INVITATIONS, { email, role });

export const withdrawInvitation = (id: string): Promise<undefined> => sendJson("DELETE", `${INVITATIONS}/${encodeURIComponent(id)}`);

/** Whoever has no account yet chooses a password with it; others must be signed in. */
export const acceptInvitation = (token: string, newcomer?: { password: string; name: string }): Promise<Session> =>
  explained(sendJson("POST", "/api/invitations/accept", { token, ...newcomer }), "token", BROKEN_LINK);

export const changeRole = (userId: string, role: Role): Promise<unknown> => sendJson("PATCH", `${MEMBERS}/${encodeURIComponent(userId)}`, { role });

export const removeMember = (userId: string): Promise<undefined> => sendJson("DELETE", `${MEMBERS}/${encodeURIComponent(userId)}`);
