import type { OpenedSession } from "../core/account/sessions.ts";
import type { Caller } from "../core/caller.ts";
import { HubError } from "../core/errors.ts";
import type { Hub } from "../core/hub.ts";
import { readForm } from "./body.ts";
import type { WireRequest } from "./dialect.ts";
import { requireFreshLogin } from "./pipeline.ts";
import { shownByBrowser } from "./session-cookie.ts";

/**
 * Signs a person in by a page's form (`username`, `password`); null for a wrong pair. Throws `csrf_failed`
 * for a form that another site sends, `too_many_attempts`.
 */
export async function signInByForm(hub: Hub, request: WireRequest): Promise<OpenedSession | null> {
  refuseForeignForm(request, hub.policy.publicUrl);
  const form = readForm(request);
  try {
    return await hub.sessions.open(
      form.get("username") ?? "",
      form.get("password") ?? "",
      request.origin,
      shownByBrowser(hub, request.headers),
    );
  } catch (error) {
    if (error instanceof HubError && error.code === "invalid_login") {
      return null;
    }
    throw error;
  }
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
 * Refuses a form that another site sends, so that nobody signs a person in from a page of their own. There is
 * no session yet that a token could be bound to. Behind a proxy that does not pass `Host` on, our own origin
 * is that of the public URL.
 */
function refuseForeignForm({ headers }: WireRequest, publicUrl: string): void {
  const site = headers["sec-fetch-site"];
  const from = headers.origin;
  const isOurs = (origin: string): boolean =>
    URL.canParse(origin) && (new URL(origin).host === headers.host || origin === new URL(publicUrl).origin);
  const isForeignOrigin = from !== undefined && !isOurs(from);
  if (site === undefined ? isForeignOrigin : site !== "same-origin" && site !== "none") {
    throw new HubError("csrf_failed");
  }
}
