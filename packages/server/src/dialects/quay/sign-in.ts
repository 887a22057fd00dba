import { Type } from "typebox";
import type { Hub } from "../../core/hub.ts";
import { reader, readJson } from "../../http/body.ts";
import { type AnyRoute, route, type WireReply, type WireRequest } from "../../http/dialect.ts";
import { shownByBrowser, signedInCookies, signedOutCookie } from "../../http/session-cookie.ts";

const readLogin = reader(Type.Object({ username: Type.String(), password: Type.String() }), {
  strict: false,
});

const readPassword = reader(Type.Object({ password: Type.String() }), { strict: false });

/**
 * The steps of scripts written for Quay before they call its API: fetch a CSRF token, sign in by cookie,
 * fetch the next token.
 */
export function signInRoutes(base: string): readonly AnyRoute[] {
  return [
    route({
      method: "GET",
      path: "/csrf_token",
      access: { takes: ["session"], anonymous: true },
      read: () => null,
      // Quay gives one to strangers as well, for the log-in; here that needs none, and an empty one opens
      // nothing.
      run: async (hub, _input, { proof }) =>
        proof.by === "session" ? hub.sessions.csrfToken(proof.session) : "",
      write: (token) => ({ status: 200, body: { csrf_token: token } }),
    }),
    route({
      method: "POST",
      path: `${base}/signin`,
      access: "public",
      // A form of another site cannot send this content type, so no other site can sign a person in.
      read: (request) => ({
        ...readLogin(readJson(request)),
        origin: request.origin,
        headers: request.headers,
      }),
      run: openSession,
      write: writeOpened,
    }),
    route({
      method: "POST",
      path: `${base}/signin/verify`,
      access: { takes: ["session"] },
      // The answer to `fresh_login_required`: the password again, in a session that is open.
      read: (request, { account }) => ({
        username: account?.username ?? "",
        ...readPassword(readJson(request)),
        origin: request.origin,
        headers: request.headers,
      }),
      run: openSession,
      write: writeOpened,
    }),
    route({
      method: "POST",
      path: `${base}/signout`,
      access: { takes: ["session"] },
      read: () => null,
      run: async (hub, _input, caller) => {
        if (caller.proof.by === "session") {
          await hub.sessions.close(caller.proof.session, caller);
        }
        return signedOutCookie(hub);
      },
      write: (cookie): WireReply => ({
        status: 200,
        headers: { "set-cookie": cookie },
        body: { success: true },
      }),
    }),
  ];
}

interface SignIn {
  readonly username: string;
  readonly password: string;
  readonly origin: WireRequest["origin"];
  readonly headers: WireRequest["headers"];
}

/** Opens a session; the one that the browser had before ends with it. */
async function openSession(hub: Hub, { username, password, origin, headers }: SignIn) {
  const opened = await hub.sessions.open(username, password, origin, shownByBrowser(hub, headers));
  return { cookie: signedInCookies(hub, opened), csrfToken: hub.sessions.csrfToken(opened.session) };
}

function writeOpened({ cookie, csrfToken }: Awaited<ReturnType<typeof openSession>>): WireReply {
  return {
    status: 200,
    headers: { "set-cookie": cookie, "x-next-csrf-token": csrfToken },
    body: { success: true },
  };
}
