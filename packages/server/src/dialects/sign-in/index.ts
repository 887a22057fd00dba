import { HubError, refusalTable } from "../../core/errors.ts";
import type { Hub } from "../../core/hub.ts";
import { attemptId } from "../../core/provider/sign-in.ts";
import { readForm } from "../../http/body.ts";
import {
  type AnyRoute,
  type Dialect,
  type RefusedRequest,
  route,
  type WireReply,
  type WireRequest,
} from "../../http/dialect.ts";
import { pageReply } from "../../http/page.ts";
import { publicPlaceOf } from "../../http/public-place.ts";
import {
  passingCookie,
  passingCookieOf,
  shownByBrowser,
  signedInCookies,
} from "../../http/session-cookie.ts";
import { signInByForm } from "../../http/sign-in-form.ts";
import { localPage, refusalPage } from "./pages.ts";

/**
 * Signing in at the organisation's own OpenID provider (OpenID Connect Core 1.0, authorization code with
 * PKCE), and by a form for local accounts. Pages without script.
 */
const OIDC = "/sign-in/oidc";
const LOGOUT = `${OIDC}/backchannel-logout`;
const LOCAL = "/sign-in/local";
const ATTEMPT_COOKIE = "mintmark_oidc_";

/** The path of the public URL. */
function baseOf(hub: Hub): string {
  return publicPlaceOf(hub.policy.publicUrl).path;
}

export function signInDialect(hub: Hub): Dialect {
  return {
    name: "sign-in",
    prefixes: ["/sign-in"],
    routes: [startRoute(), callbackRoute(), logoutRoute(), showLocalRoute(), localRoute()],
    refuse: (error, request) => refuse(baseOf(hub), error, request),
  };
}

function startRoute(): AnyRoute {
  return route({
    method: "GET",
    path: OIDC,
    access: "public",
    read: ({ query }) => ({
      returnTo: query.get("return") ?? "/",
      fresh: query.get("fresh") === "1",
    }),
    run: async (hub, request) => {
      const { url, attempt, id, seconds } = await hub.signIn.start(request);
      const cookie = passingCookie(hub, `${ATTEMPT_COOKIE}${id}`, attempt.reveal(), seconds);
      return { status: 302, headers: { location: url, "set-cookie": cookie } } satisfies WireReply;
    },
    write: (reply) => reply,
  });
}

function callbackRoute(): AnyRoute {
  return route({
    method: "GET",
    path: `${OIDC}/callback`,
    access: "public",
    read: (request) => request,
    run: (hub, request) => finish(hub, request),
    write: (reply) => reply,
  });
}

/** Uses up the attempt, in success and in failure. */
async function finish(hub: Hub, request: WireRequest): Promise<WireReply> {
  const name = `${ATTEMPT_COOKIE}${attemptId(request.query.get("state") ?? "")}`;
  const forget = passingCookie(hub, name, "", 0);
  try {
    const { opened, returnTo } = await hub.signIn.finish(
      request.url,
      passingCookieOf(hub, request.headers, name),
      request.origin,
      shownByBrowser(hub, request.headers),
    );
    return {
      status: 303,
      headers: { location: returnTo, "set-cookie": [...signedInCookies(hub, opened), forget] },
    };
  } catch (error) {
    if (error instanceof HubError && error.code !== "store_unavailable" && error.code !== "internal") {
      const reply = refuse(baseOf(hub), error, request);
      return { ...reply, headers: { ...reply.headers, "set-cookie": forget } };
    }
    throw error;
  }
}

function logoutRoute(): AnyRoute {
  return route({
    method: "POST",
    path: LOGOUT,
    access: "public",
    read: (request) => readForm(request).get("logout_token") ?? "",
    run: (hub, token) => hub.signIn.logOut(token),
    write: () => ({ status: 200 }),
  });
}

function showLocalRoute(): AnyRoute {
  return route({
    method: "GET",
    path: LOCAL,
    access: "public",
    read: ({ query }) => localReturn(query.get("return")),
    run: async (hub, returnTo) => pageReply(200, localPage(baseOf(hub), returnTo, hub.signIn.name, null)),
    write: (reply) => reply,
  });
}

function localRoute(): AnyRoute {
  return route({
    method: "POST",
    path: LOCAL,
    access: "public",
    read: (request) => ({ request, returnTo: localReturn(readForm(request).get("return")) }),
    run: async (hub, { request, returnTo }): Promise<WireReply> => {
      const opened = await signInByForm(hub, request);
      return opened
        ? { status: 303, headers: { location: returnTo, "set-cookie": signedInCookies(hub, opened) } }
        : pageReply(
            401,
            localPage(baseOf(hub), returnTo, hub.signIn.name, "The user name or the password is wrong."),
          );
    },
    write: (reply) => reply,
  });
}

/** A path on this hub; anything else is the front page. */
function localReturn(text: string | null): string {
  return text !== null && /^\/(?![/\\])[\x21-\x5b\x5d-\x7e]*$/.test(text) ? text : "/";
}

const STATUS = refusalTable<number>(
  {
    malformed: 400,
    too_large: 413,
    media_type: 415,
    unauthenticated: 401,
    stale_login: 401,
    forbidden: 403,
    not_found: 404,
    method: 405,
    headers_too_large: 431,
    timeout: 408,
    conflict: 409,
    throttled: 429,
    unavailable: 503,
    internal: 500,
  },
  {},
);

function refuse(base: string, error: HubError, request: RefusedRequest): WireReply {
  const status = STATUS[error.code];
  const sentence = error.explanation ?? error.message;
  if (request.url.startsWith(LOGOUT)) {
    // OpenID Connect Back-Channel Logout 1.0 §2.8.
    return { status, body: { error: "invalid_request", error_description: sentence } };
  }
  return pageReply(status, refusalPage(base, sentence));
}
