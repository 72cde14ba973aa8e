/** Roles in the order in which they are offered. */

import type { Role } from "../../server/account";

export const ROLES: readonly Role[] = ["member", "billing", "admin", "owner"];
