import { Type } from "typebox";
import { formatScope } from "../../core/authority/scope.ts";
import { HubError } from "../../core/errors.ts";
import { reader, readJson } from "../../http/body.ts";
import { type AnyRoute, route, type WireReply } from "../../http/dialect.ts";
import { shownByBrowser, signedInCookies, signedOutCookie } from "../../http/session-cookie.ts";
import { SIGNED_IN, WHO_AM_I } from "./access.ts";
import type { RouteDescription } from "./route-description.ts";
import { LoginBody, OpenedSessionView, SessionView, viewSessionTimes, viewUser } from "./wire.ts";

const readLogin = reader(LoginBody, { strict: true });

export function sessionRoutes(base: string): readonly AnyRoute[] {
  return [
    route({
      method: "GET",
      path: `${base}/sign-in`,
      access: "public",
      description: {
        id: "getSignIn",
        summary: "How people sign in here",
        tag: "session",
        status: 200,
        answer: Type.Object({
          provider: Type.Union([Type.String({ description: "the provider's name for people" }), Type.Null()]),
          local: Type.Boolean({ description: "pages offer the form for local accounts" }),
        }),
        refusals: [],
      } satisfies RouteDescription,
      read: () => null,
      run: async ({ signIn }) => ({ provider: signIn.name, local: signIn.offersLocal }),
      write: (body) => ({ status: 200, body }),
    }),
    route({
      method: "POST",
      path: `${base}/session`,
      access: "public",
      description: {
        id: "openSession",
        summary: "Sign in with user name and password",
        tag: "session",
        body: LoginBody,
        status: 201,
        answer: OpenedSessionView,
        refusals: [400, 401, 415, 429],
      } satisfies RouteDescription,
      read: (request) => ({
        ...readLogin(readJson(request)),
        origin: request.origin,
        headers: request.headers,
      }),
      run: async (hub, { username, password, origin, headers }) => {
        const opened = await hub.sessions.open(username, password, origin, shownByBrowser(hub, headers));
        const seconds = Math.floor((opened.session.expiresAt - opened.session.createdAt) / 1000);
        return {
          opened,
          seconds,
          csrfToken: hub.sessions.csrfToken(opened.session),
          cookies: signedInCookies(hub, opened),
        };
      },
      write: ({ opened, seconds, csrfToken, cookies }): WireReply => ({
        status: 201,
        headers: { "set-cookie": cookies },
        body: {
          accessToken: opened.secret.reveal(),
          tokenType: "Bearer",
          expiresIn: seconds,
          csrfToken,
          user: viewUser(opened.account),
        },
      }),
    }),
    route({
      method: "GET",
      path: `${base}/session`,
      access: WHO_AM_I,
      description: {
        id: "getSession",
        summary: "Who the caller is, and what the caller may do",
        tag: "session",
        status: 200,
        answer: SessionView,
        refusals: [401],
      } satisfies RouteDescription,
      read: () => null,
      run: async (hub, _input, caller) => {
        if (!caller.account) {
          throw new HubError("unauthenticated");
        }
        const session = caller.proof.by === "session" ? caller.proof.session : null;
        return {
          user: viewUser(caller.account),
          scopes: caller.authority.effective().map(formatScope),
          csrfToken: session ? hub.sessions.csrfToken(session) : null,
          ...(session ? viewSessionTimes(hub, session) : { expiresAt: null, freshUntil: null }),
        };
      },
      write: (body) => ({ status: 200, body }),
    }),
    route({
      method: "DELETE",
      path: `${base}/session`,
      access: SIGNED_IN,
      description: {
        id: "closeSession",
        summary: "Sign out",
        tag: "session",
        status: 204,
        refusals: [401, 403],
      } satisfies RouteDescription,
      read: () => null,
      run: async (hub, _input, caller) => {
        if (caller.proof.by === "session") {
          await hub.sessions.close(caller.proof.session, caller);
        }
        return signedOutCookie(hub);
      },
      write: (cookie) => ({ status: 204, headers: { "set-cookie": cookie } }),
    }),
  ];
}
