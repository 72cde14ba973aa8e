/** Who is signed in, and in which account. */

import { fetchSession, type Role, type Session as SessionBody } from "../server/account";
import { signOut } from "../server/auth";
import { ApiError } from "../lib/http";

const UNAUTHORIZED = 401;

/** What a role lets one do in an account. */
const RIGHTS: Readonly<Record<Role, readonly Right[]>> = {
  owner: ["manage", "bill", "own"],
  admin: ["manage", "bill"],
  billing: ["bill"],
  member: [],
};

/** `manage`: members, keys of all, the account's name. `bill`: orders and invoices. `own`: delete the account. */
export type Right = "manage" | "bill" | "own";

class Session {
  /** Undefined before the server has answered and when nobody is signed in. */
  body: SessionBody | undefined = $state.raw();
  state: "opening" | "open" | "closed" | "failed" = $state("opening");
  failure: ApiError | undefined = $state.raw();
  /** Whether it ended while it was used. */
  expired = $state(false);

  /** Ask who is signed in. */
  async open(): Promise<void> {
    this.failure = undefined;
    try {
      this.set(await fetchSession());
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (error.status === UNAUTHORIZED) this.close();
      else this.#fail(error);
    }
  }

  /** What signing in, switching and the like have answered. */
  set(body: SessionBody): void {
    this.body = body;
    this.state = "open";
    this.expired = false;
  }

  /** Learn anew what is left and what the plan is; a failure leaves what is known. */
  async refresh(): Promise<void> {
    const body = await fetchSession().catch((error: unknown) => {
      if (error instanceof ApiError) return undefined;
      throw error;
    });
    if (body !== undefined) this.set(body);
  }

  async signOut(): Promise<void> {
    await signOut();
    this.close();
  }

  /** Nobody is signed in any more. */
  close(): void {
    this.body = undefined;
    this.state = "closed";
  }

  /** The server does not know the session any more. */
  expire(): void {
    if (this.state !== "open") return;
    this.close();
    this.expired = true;
  }

  may(right: Right): boolean {
    return this.body !== undefined && RIGHTS[this.body.role].includes(right);
  }

  #fail(error: ApiError): void {
    this.failure = error;
    this.state = "failed";
  }
}

export const session = new Session();
