import { BROWSER_KEPT_MS } from "../core/account/known-browser.ts";
import type { OpenedSession, ShownByBrowser } from "../core/account/sessions.ts";
import type { Hub } from "../core/hub.ts";
import { Secret } from "../core/secret/secret.ts";
import type { WireRequest } from "./dialect.ts";
import { publicPlaceOf } from "./public-place.ts";

const SESSION_COOKIE = "mintmark_session";
const BROWSER_COOKIE = "mintmark_browser";

type Headers = WireRequest["headers"];

/** The cookie of the browser's session, or null. */
export function sessionCookieOf(hub: Hub, { cookie }: Headers): Secret | null {
  const value = readCookie(cookie, cookieName(hub, SESSION_COOKIE));
  return value === undefined ? null : new Secret(value);
}

/**
 * The `Set-Cookie` values of a log-in: the session, and the mark by which the browser is known at the next
 * one.
 */
export function signedInCookies(hub: Hub, { session, cookie, browser }: OpenedSession): readonly string[] {
  const seconds = Math.floor((session.expiresAt - session.createdAt) / 1000);
  return [
    sessionCookie(hub, cookie.reveal(), seconds),
    // Only our own sign-in forms and the console need it, so it goes with no request that begins elsewhere.
    setCookie(hub, BROWSER_COOKIE, {
      value: browser.reveal(),
      seconds: BROWSER_KEPT_MS / 1000,
      sameSite: "Strict",
    }),
  ];
}

/** The `Set-Cookie` that takes the session's cookie away. */
export function signedOutCookie(hub: Hub): string {
  return sessionCookie(hub, "", 0);
}

/**
 * What a browser shows while somebody signs in: the session it has, active or not, and its mark of an earlier
 * log-in.
 */
export function shownByBrowser(hub: Hub, headers: Headers): ShownByBrowser {
  const browser = readCookie(headers.cookie, cookieName(hub, BROWSER_COOKIE));
  return {
    earlier: sessionCookieOf(hub, headers),
    browser: browser === undefined ? null : new Secret(browser),
  };
}

/**
 * `Lax`, since people arrive at the consent page from the application that sent them; requests that change
 * something need the CSRF token as well.
 */
function sessionCookie(hub: Hub, value: string, seconds: number): string {
  return setCookie(hub, SESSION_COOKIE, { value, seconds, sameSite: "Lax" });
}

/** The `Set-Cookie` of a value that a browser keeps for some minutes, until another site sends it back. */
export function passingCookie(hub: Hub, name: string, value: string, seconds: number): string {
  return setCookie(hub, name, { value, seconds, sameSite: "Lax" });
}

/** The value of such a cookie, or null. */
export function passingCookieOf(hub: Hub, { cookie }: Headers, name: string): Secret | null {
  const value = readCookie(cookie, cookieName(hub, name));
  return value === undefined || value === "" ? null : new Secret(value);
}

interface CookieParts {
  readonly value: string;
  readonly seconds: number;
  readonly sameSite: "Lax" | "Strict";
}

/**
 * A cookie goes to the path of the public URL alone, so that other applications of the host do not get it.
 */
function setCookie(hub: Hub, name: string, { value, seconds, sameSite }: CookieParts): string {
  const { isHttps, path } = publicPlaceOf(hub.policy.publicUrl);
  const secure = isHttps ? "; Secure" : "";
  return `${cookieName(hub, name)}=${value}; Path=${path === "" ? "/" : path}; Max-Age=${seconds}; HttpOnly; SameSite=${sameSite}${secure}`;
}

/**
 * `__Host-` keeps neighbouring domains from planting a cookie. Browsers want https and the path `/` for it
 * (RFC 6265bis §4.1.3.2).
 */
function cookieName(hub: Hub, name: string): string {
  const { isHttps, path } = publicPlaceOf(hub.policy.publicUrl);
  return isHttps && path === "" ? `__Host-${name}` : name;
}

/** The first cookie of that name, as it was sent: ours need no decoding. */
function readCookie(header: string | undefined, name: string): string | undefined {
  const pair = header
    ?.split(";")
    .map((part) => part.trim())
    .find((part) => part.startsWith(`${name}=`));
  return pair?.slice(name.length + 1);
}
