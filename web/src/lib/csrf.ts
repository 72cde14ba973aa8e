/** The proof that a request comes from our own page: the server reads it from a header that other sites cannot set. */

const COOKIE = "huisheng_csrf";

/** What the server gave this browser when a person signed in; empty before. */
export function csrfToken(cookies: string = globalThis.document?.cookie ?? ""): string {
  for (const part of cookies.split(";")) {
    const [name = "", value = ""] = part.trim().split("=");
    if (name === COOKIE) return decodeURIComponent(value);
  }
  return "";
}
