import type { Caller } from "../../core/caller.ts";
import { APPLICATION_TOKEN_LIFETIME_MS } from "../../core/client/authorization-codes.ts";
import { HubError } from "../../core/errors.ts";
import type { Hub } from "../../core/hub.ts";
import { ask } from "../../core/looked.ts";
import { Secret } from "../../core/secret/secret.ts";
import { readForm } from "../../http/body.ts";
import { type Access, type AnyRoute, type Dialect, route, type WireReply } from "../../http/dialect.ts";
import { authenticateClient, presentedClient } from "../../http/oauth/client-authentication.ts";
import { readOAuthForm, requireParameter } from "../../http/oauth/form.ts";
import { OAUTH_REFUSALS, refuseOAuth } from "../../http/oauth/refusals.ts";
import { type Html, pageReply } from "../../http/page.ts";
import { publicPlaceOf } from "../../http/public-place.ts";
import { signedInCookies } from "../../http/session-cookie.ts";
import { signInChoices } from "../../http/sign-in-choices.ts";
import { isFresh, signInByForm } from "../../http/sign-in-form.ts";
import { consentPage, localPage, refusalPage, signInPage } from "./pages.ts";
import { writeScopes } from "./scope-words.ts";
import { type Asked, inFragment, inQuery, LOCAL_PAGE, readAsked } from "./wire.ts";

/**
 * OAuth for applications that people allow to act for them, at the addresses that Quay has for it:
 * authorization code with PKCE (RFC 6749 §4.1, RFC 7636), and Quay's implicit form for applications that an
 * administrator marked so. Pages without script.
 */
const PAGE = "/oauth/authorize";
const TOKEN = "/oauth/access_token";
const DAY_MS = 86_400_000;
const REQUEST_LENGTH_MAX = 8_192;

function baseOf(hub: Hub): string {
  return publicPlaceOf(hub.policy.publicUrl).path;
}

/** `request` is the application's query, which comes back and is read again then. */
function choicesOf(hub: Hub, request: string, fresh: boolean): Html {
  return signInChoices(hub, {
    action: `${PAGE}/sign-in`,
    carries: { name: "request", value: request },
    returnTo: `${PAGE}?${request}`,
    fresh,
  });
}

/** Only a log-in answers for a person: an application or a token that could consent would widen itself. */
const PERSON: Access = { takes: ["session"], anonymous: true };

export function oauthAppDialect(hub: Hub): Dialect {
  return {
    name: "oauth-app",
    csrfInRequest: "form or query",
    prefixes: [PAGE, TOKEN, LOCAL_PAGE],
    routes: [
      showRoute(),
      signInRoute(),
      answerRoute(),
      tokenRoute(),
      formRoute("/oauth/authorizeapp", allow),
      formRoute("/oauth/denyapp", deny),
      localRoute(),
    ],
    refuse: (error, request) =>
      request.url.startsWith(TOKEN)
        ? refuseOAuth(error, request, `${hub.policy.publicUrl}/`)
        : refusePage(error),
  };
}

function showRoute(): AnyRoute {
  return route({
    method: "GET",
    path: PAGE,
    access: PERSON,
    read: ({ query }) => query.toString(),
    run: (hub, request, caller) => show(hub, request, caller, null),
    write: (reply) => reply,
  });
}

function signInRoute(): AnyRoute {
  return route({
    method: "POST",
    path: `${PAGE}/sign-in`,
    access: "public",
    read: (wire) => ({ wire, request: readRequest(readForm(wire)) }),
    run: async (hub, { wire, request }) => {
      const asked = await readAsked(hub, new URLSearchParams(request));
      if ("location" in asked) {
        return redirect(asked.location);
      }
      const opened = await signInByForm(hub, wire);
      return opened
        ? {
            status: 303,
            headers: {
              location: `${baseOf(hub)}${PAGE}?${request}`,
              "set-cookie": signedInCookies(hub, opened),
            },
          }
        : pageReply(
            401,
            signInPage(choicesOf(hub, request, false), asked, "The user name or the password is wrong."),
          );
    },
    write: (reply) => reply,
  });
}

function answerRoute(): AnyRoute {
  return route({
    method: "POST",
    path: PAGE,
    access: PERSON,
    read: (wire) => {
      const form = readForm(wire);
      const answer = form.get("answer");
      if (answer !== "allow" && answer !== "deny") {
        throw new HubError("malformed_request", { field: "answer" });
      }
      return { request: readRequest(form), answer };
    },
    run: async (hub, { request, answer }, caller) => {
      if (!caller.account || !isFresh(hub, caller)) {
        return show(hub, request, caller, "Give your password again, then answer.");
      }
      const asked = await readAsked(hub, new URLSearchParams(request));
      if ("location" in asked) {
        return redirect(asked.location);
      }
      return redirect(await (answer === "allow" ? allow(hub, asked, caller) : deny(hub, asked, caller)));
    },
    write: (reply) => reply,
  });
}

/**
 * The form of Quay's own consent page (`endpoints/oauth/login.py`), which its Ansible collection posts with a
 * cookie and a CSRF token of a log-in just made.
 */
function formRoute(
  path: string,
  answer: (hub: Hub, asked: Asked, caller: Caller) => Promise<string>,
): AnyRoute {
  return route({
    method: "POST",
    path,
    access: { takes: ["session"], fresh: true },
    read: (wire) => {
      const form = readForm(wire);
      form.delete("_csrf_token");
      return form;
    },
    run: async (hub, form, caller) => {
      const asked = await readAsked(hub, form);
      return "location" in asked ? asked.location : answer(hub, asked, caller);
    },
    write: redirect,
  });
}

function localRoute(): AnyRoute {
  return route({
    method: "GET",
    path: LOCAL_PAGE,
    access: "public",
    read: () => null,
    run: async () => undefined,
    write: () => pageReply(200, localPage()),
  });
}

function tokenRoute(): AnyRoute {
  return route({
    method: "POST",
    path: TOKEN,
    // The client and the code prove themselves in the form.
    access: "public",
    read: (request) => {
      const form = readOAuthForm(request);
      if (requireParameter(form, "grant_type") !== "authorization_code") {
        throw new HubError("unsupported_grant");
      }
      return {
        client: presentedClient(request.presented, form),
        code: new Secret(requireParameter(form, "code")),
        redirectUri: requireParameter(form, "redirect_uri"),
        verifier: form.get("code_verifier") ?? null,
        origin: request.origin,
      };
    },
    run: async (hub, { client, origin, ...shown }) => {
      if (!client) {
        throw new HubError("malformed_request", { explanation: "The parameter client_id is missing." });
      }
      const application = await ask(authenticateClient(hub, client));
      if (shown.verifier === null && !application.pkceOptional) {
        throw new HubError("malformed_request", {
          field: "code_verifier",
          explanation: "The parameter code_verifier is missing.",
        });
      }
      const issued = await hub.clients.codes.redeem(application, shown, origin);
      return { ...issued, seconds: APPLICATION_TOKEN_LIFETIME_MS / 1000 };
    },
    // Quay says `refresh_token: null` as well, which strict clients take for a broken answer.
    write: ({ credential, secret, seconds }) => ({
      status: 200,
      headers: { pragma: "no-cache" },
      body: {
        access_token: secret.reveal(),
        token_type: "Bearer",
        expires_in: seconds,
        scope: writeScopes(credential.scopes),
      },
    }),
  });
}

/** One step of the way: sign in, again where the password was given too long ago; then the question. */
async function show(hub: Hub, request: string, caller: Caller, notice: string | null): Promise<WireReply> {
  const asked = await readAsked(hub, new URLSearchParams(request));
  if ("location" in asked) {
    return redirect(asked.location);
  }
  const { account, proof } = caller;
  if (!account || proof.by !== "session") {
    return pageReply(200, signInPage(choicesOf(hub, request, false), asked, notice));
  }
  if (!isFresh(hub, caller)) {
    const why = notice ?? "Give your password again: to allow an application is to make a secret.";
    return pageReply(200, signInPage(choicesOf(hub, request, true), asked, why));
  }
  const form = {
    base: baseOf(hub),
    request,
    csrfToken: hub.sessions.csrfToken(proof.session),
    days: APPLICATION_TOKEN_LIFETIME_MS / DAY_MS,
  };
  return pageReply(200, consentPage(account.username, asked, form));
}

/** Where the browser goes after a yes. */
async function allow(hub: Hub, asked: Asked, caller: Caller): Promise<string> {
  const state = asked.state === null ? {} : { state: asked.state };
  if (asked.responseType === "code") {
    const code = await hub.clients.codes.allow(asked, asked.codeChallenge, caller);
    return inQuery(asked.redirectUri, { code: code.reveal(), ...state });
  }
  const { secret, credential } = await hub.clients.codes.allowImplicit(asked, caller);
  const scope = writeScopes(credential.scopes);
  // Quay's clients read scope and state in the query, those of RFC 6749 §4.2.2 in the fragment. The token is
  // only in the fragment.
  return inFragment(inQuery(asked.redirectUri, { scope, ...state }), {
    access_token: secret.reveal(),
    token_type: "Bearer",
    expires_in: String(APPLICATION_TOKEN_LIFETIME_MS / 1000),
    scope,
    ...state,
  });
}

async function deny(hub: Hub, asked: Asked, caller: Caller): Promise<string> {
  await hub.clients.codes.refuse(asked, caller);
  const answer = { error: "access_denied", ...(asked.state === null ? {} : { state: asked.state }) };
  return asked.responseType === "code"
    ? inQuery(asked.redirectUri, answer)
    : inFragment(asked.redirectUri, answer);
}

/** The application's query as the pages carry it along. */
function readRequest(form: URLSearchParams): string {
  const request = form.get("request") ?? "";
  if (request.length > REQUEST_LENGTH_MAX) {
    throw new HubError("malformed_request", { field: "request" });
  }
  return new URLSearchParams(request).toString();
}

function redirect(location: string): WireReply {
  return { status: 302, headers: { location } };
}

function refusePage(error: HubError): WireReply {
  return pageReply(OAUTH_REFUSALS[error.code][0], refusalPage(error.explanation ?? error.message));
}
