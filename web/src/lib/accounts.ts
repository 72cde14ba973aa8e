/** Whether this server has accounts: it says so in the page's head. */

export const ACCOUNT_PAGE = "/account";

export function accountsAreOn(): boolean {
  return document.querySelector('meta[name="huisheng-accounts"]')?.getAttribute("content") === "on";
}
