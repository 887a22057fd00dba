import { BROWSER_KEPT_MS } from "../core/account/known-browser.ts";
import type { OpenedSession, ShownByBrowser } from "../core/account/sessions.ts";
import { readSecret } from "../core/credential/presented.ts";
import { Secret } from "../core/secret/secret.ts";
import type { WireRequest } from "./dialect.ts";
import { readCookie, SESSION_COOKIE } from "./pipeline.ts";

const BROWSER_COOKIE = "mintmark_browser";

/**
 * The `Set-Cookie` of a session. `Lax`, since people arrive at the consent page from the application that
 * sent them; requests that change something need the CSRF token as well.
 */
export function sessionCookie(value: string, maxAgeSeconds: number, isHttps: boolean): string {
  return `${SESSION_COOKIE}=${value}; Path=/; Max-Age=${maxAgeSeconds}; HttpOnly; SameSite=Lax${isHttps ? "; Secure" : ""}`;
}

/**
 * The `Set-Cookie` values of a log-in: the session, and the mark by which the browser is known at the next
 * one.
 */
export function openedCookies(
  { session, secret, browser }: OpenedSession,
  isHttps: boolean,
): readonly string[] {
  const seconds = Math.floor((session.expiresAt - session.createdAt) / 1000);
  return [sessionCookie(secret.reveal(), seconds, isHttps), browserCookie(browser, isHttps)];
}

/** Only our own sign-in forms and the console need it, so it goes with no request that begins elsewhere. */
function browserCookie(browser: Secret, isHttps: boolean): string {
  const seconds = BROWSER_KEPT_MS / 1000;
  return `${BROWSER_COOKIE}=${browser.reveal()}; Path=/; Max-Age=${seconds}; HttpOnly; SameSite=Strict${isHttps ? "; Secure" : ""}`;
}

/**
 * What a browser presents at sign-in: the session it has, active or not, and the mark of an earlier log-in.
 */
export function shownByBrowser({ headers }: Pick<WireRequest, "headers">): ShownByBrowser {
  const session = readCookie(headers.cookie, SESSION_COOKIE);
  const earlier = session === undefined ? null : readSecret(session);
  const browser = readCookie(headers.cookie, BROWSER_COOKIE);
  return {
    earlier: earlier?.form === "session" ? earlier.secret : null,
    browser: browser === undefined ? null : new Secret(browser),
  };
}
