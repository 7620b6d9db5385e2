import { parseRoute, roomPath } from "../routing/route";
import { readClaims } from "./accessToken";

const KEY = "roomful.access-token";

/** Keep a token for this browser tab, so that a reload does not ask for it again. */
export function rememberToken(token: string): void {
  window.sessionStorage.setItem(KEY, token.trim());
}

export function forgetToken(): void {
  window.sessionStorage.removeItem(KEY);
}

/** Move a token that came with the link out of the address, so that nobody hands it on with a copy of the address. */
export function absorbToken(): void {
  const { door, room, token } = parseRoute(window.location);
  if (token === undefined) return;
  if (door === "visitor") rememberCustomerToken(room ?? "", token);
  else rememberToken(token);
  window.history.replaceState(null, "", room === undefined ? "/" : roomPath(room, door));
}

/** The token kept for this tab, if it is still valid and not for another room. */
export function rememberedToken(room: string | undefined, now: number = Date.now()): string | undefined {
  const token = window.sessionStorage.getItem(KEY);
  if (token === null) return undefined;
  const claims = readClaims(token);
  const expired = claims?.expiresAt !== undefined && claims.expiresAt <= now;
  const elsewhere = room !== undefined && claims?.room !== undefined && claims.room !== room;
  return expired || elsewhere ? undefined : token;
}

/** Keep the token of a customer's link in this tab: a reload comes back to the same call. */
export function rememberCustomerToken(sessionId: string, token: string): void {
  window.sessionStorage.setItem(customerKey(sessionId), token);
}

export function customerToken(sessionId: string): string | undefined {
  return window.sessionStorage.getItem(customerKey(sessionId)) ?? undefined;
}

export function forgetCustomerToken(sessionId: string): void {
  window.sessionStorage.removeItem(customerKey(sessionId));
}

function customerKey(sessionId: string): string {
  return `roomful.customer.${sessionId}`;
}
