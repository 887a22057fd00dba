import type { OpenedSession } from "../core/account/sessions.ts";
import type { Caller } from "../core/caller.ts";
import { HubError } from "../core/errors.ts";
import type { Hub } from "../core/hub.ts";
import { readForm } from "./body.ts";
import type { WireRequest } from "./dialect.ts";
import { requireFreshLogin } from "./pipeline.ts";
import { openedCookies, shownByBrowser } from "./session-cookie.ts";

/**
 * Signs a person in by a page's form (`username`, `password`); null for a wrong pair. Throws `csrf_failed`
 * for a form that another site sends, `too_many_attempts`.
 */
export async function signInByForm(hub: Hub, request: WireRequest): Promise<OpenedSession | null> {
  refuseForeignForm(request);
  const form = readForm(request);
  try {
    return await hub.sessions.open(
      form.get("username") ?? "",
      form.get("password") ?? "",
      request.origin,
      shownByBrowser(request),
    );
  } catch (error) {
    if (error instanceof HubError && error.code === "invalid_login") {
      return null;
    }
    throw error;
  }
}

/** The `Set-Cookie` values of a session that was just opened. */
export function signedInCookies(hub: Hub, opened: OpenedSession): readonly string[] {
  return openedCookies(opened, hub.policy.publicUrl.startsWith("https:"));
}

/** True if the password was given recently enough to create a secret. */
export function isFresh(hub: Hub, caller: Caller): boolean {
  try {
    requireFreshLogin(hub, caller);
    return true;
  } catch {
    return false;
  }
}

/**
 * Nobody signs a person in from a page of theirs: a form that another site sends is not ours. There is no
 * session yet to bind a token to.
 */
function refuseForeignForm({ headers }: WireRequest): void {
  const site = headers["sec-fetch-site"];
  const from = headers.origin;
  const isForeignOrigin = from !== undefined && !(URL.canParse(from) && new URL(from).host === headers.host);
  if (site === undefined ? isForeignOrigin : site !== "same-origin" && site !== "none") {
    throw new HubError("csrf_failed");
  }
}
