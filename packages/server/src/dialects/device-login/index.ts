import type { OpenedSession } from "../../core/account/sessions.ts";
import type { Caller } from "../../core/caller.ts";
import { HubError, refusalTable } from "../../core/errors.ts";
import type { Hub } from "../../core/hub.ts";
import { readForm } from "../../http/body.ts";
import { type AnyRoute, type Dialect, route, type WireReply } from "../../http/dialect.ts";
import { type Html, pageReply } from "../../http/page.ts";
import { publicPlaceOf } from "../../http/public-place.ts";
import { signedInCookies } from "../../http/session-cookie.ts";
import { signInChoices } from "../../http/sign-in-choices.ts";
import { isFresh, signInByForm } from "../../http/sign-in-form.ts";
import { codePage, confirmPage, donePage, refusalPage, signInPage } from "./pages.ts";

/**
 * The page behind `verification_uri` (RFC 8628 §3.3): a person signs in, types the code that a terminal
 * shows, sees who asks for what, and answers. HTML without script, so that any browser will do, also one in a
 * terminal.
 */
export function deviceLoginDialect(hub: Hub): Dialect {
  return {
    name: "device-login",
    csrfInRequest: "form",
    prefixes: ["/device"],
    routes: [showRoute(), signInRoute(), answerRoute()],
    refuse: (error) => refuse(hub, error),
  };
}

const CODE_LENGTH_MAX = 20;

function baseOf(hub: Hub): string {
  return publicPlaceOf(hub.policy.publicUrl).path;
}

function choicesOf(hub: Hub, userCode: string, fresh: boolean): Html {
  return signInChoices(hub, {
    action: "/device/sign-in",
    carries: { name: "user_code", value: userCode },
    returnTo: userCode === "" ? "/device" : `/device?user_code=${encodeURIComponent(userCode)}`,
    fresh,
  });
}

function showRoute(): AnyRoute {
  return route({
    method: "GET",
    path: "/device",
    access: { takes: ["session"], anonymous: true },
    read: ({ query }) => (query.get("user_code") ?? "").slice(0, CODE_LENGTH_MAX),
    run: (hub, userCode, caller) => show(hub, userCode, caller),
    write: (reply) => reply,
  });
}

function signInRoute(): AnyRoute {
  return route({
    method: "POST",
    path: "/device/sign-in",
    access: "public",
    read: (request) => ({
      request,
      userCode: (readForm(request).get("user_code") ?? "").slice(0, CODE_LENGTH_MAX),
    }),
    run: async (hub, { request, userCode }) => {
      const opened = await signInByForm(hub, request);
      return opened
        ? signedIn(hub, opened, userCode)
        : pageReply(
            401,
            signInPage(choicesOf(hub, userCode, false), "The user name or the password is wrong."),
          );
    },
    write: (reply) => reply,
  });
}

function answerRoute(): AnyRoute {
  return route({
    method: "POST",
    path: "/device/answer",
    access: { takes: ["session"], fresh: true },
    read: (request) => {
      const form = readForm(request);
      const answer = form.get("answer");
      if (answer !== "approve" && answer !== "deny") {
        throw new HubError("malformed_request", { field: "answer" });
      }
      return { userCode: form.get("user_code") ?? "", approved: answer === "approve" };
    },
    run: async (hub, { userCode, approved }, caller) => {
      const client = await hub.clients.devices.answer(userCode, approved ? "approved" : "denied", caller);
      return pageReply(200, donePage(approved, client.name));
    },
    write: (reply) => reply,
  });
}

/**
 * One step of the way: sign in, again where the password was given too long ago; then the code; then the
 * question.
 */
async function show(hub: Hub, userCode: string, caller: Caller): Promise<WireReply> {
  const { account, proof } = caller;
  if (!account || proof.by !== "session") {
    return pageReply(200, signInPage(choicesOf(hub, userCode, false), null));
  }
  if (!isFresh(hub, caller)) {
    return pageReply(
      200,
      signInPage(choicesOf(hub, userCode, true), "Give your password again: a new token is a new secret."),
    );
  }
  if (userCode === "") {
    return pageReply(200, codePage(baseOf(hub), account.username, null));
  }
  try {
    const { grant, client } = await hub.clients.devices.findPending(userCode, caller);
    const asking = {
      ...grant,
      clientName: client.name,
      minutesAgo: Math.floor((hub.now() - grant.createdAt) / 60_000),
      scopes: grant.scope === "" ? [] : grant.scope.split(" "),
    };
    return pageReply(
      200,
      confirmPage(baseOf(hub), account.username, asking, hub.sessions.csrfToken(proof.session)),
    );
  } catch (error) {
    if (error instanceof HubError && error.code === "not_found") {
      return pageReply(
        404,
        codePage(
          baseOf(hub),
          account.username,
          "No device waits under this code. Codes live for ten minutes.",
        ),
      );
    }
    throw error;
  }
}

function signedIn(hub: Hub, opened: OpenedSession, userCode: string): WireReply {
  const query = userCode === "" ? "" : `?user_code=${encodeURIComponent(userCode)}`;
  return {
    status: 303,
    headers: { location: `${baseOf(hub)}/device${query}`, "set-cookie": signedInCookies(hub, opened) },
  };
}

const REFUSAL_STATUS = refusalTable<number>({
  malformed: 400,
  too_large: 413,
  headers_too_large: 431,
  timeout: 408,
  media_type: 415,
  unauthenticated: 401,
  stale_login: 401,
  forbidden: 403,
  not_found: 404,
  method: 405,
  conflict: 400,
  throttled: 429,
  unavailable: 503,
  internal: 500,
});

function refuse(hub: Hub, error: HubError): WireReply {
  const sentence =
    error.code === "not_found" ? "No device waits under this code, or it was answered." : error.message;
  return pageReply(REFUSAL_STATUS[error.code], refusalPage(baseOf(hub), error.explanation ?? sentence));
}
