import { Secret } from "../core/secret/secret.ts";
import type { WireRequest } from "./dialect.ts";
import { readCookie, SESSION_COOKIE } from "./pipeline.ts";

/**
 * The `Set-Cookie` of a session. `Lax`, since people arrive at the consent page from the application that sent them; requests that change
 * something need the CSRF token as well.
 */
export function sessionCookie(value: string, maxAgeSeconds: number, isHttps: boolean): string {
  return `${SESSION_COOKIE}=${value}; Path=/; Max-Age=${maxAgeSeconds}; HttpOnly; SameSite=Lax${isHttps ? "; Secure" : ""}`;
}

/** The session that a browser has while it signs in again, living or not. */
export function shownSession({ headers }: WireRequest): Secret | null {
  const cookie = readCookie(headers.cookie, SESSION_COOKIE);
  return cookie === undefined ? null : new Secret(cookie);
}
