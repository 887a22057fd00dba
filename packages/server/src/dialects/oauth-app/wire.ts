import type { Consent } from "../../core/client/authorization-codes.ts";
import type { Client } from "../../core/client/client.ts";
import { HubError } from "../../core/errors.ts";
import type { Hub } from "../../core/hub.ts";
import { ask } from "../../core/looked.ts";
import { readScopes } from "./scope-words.ts";

/** The hub's own page for a token that a person, or a script, asked for without an application. */
export const LOCAL_PAGE = "/oauth/localapp";

/** RFC 7636 §4.2: 32 bytes in base64url. */
const CHALLENGE = /^[A-Za-z0-9_-]{43}$/;

/** A validated authorization request of an application (RFC 6749 §4.1.1). */
export type Asked = Consent & { readonly state: string | null } & (
    | { readonly responseType: "code"; readonly codeChallenge: string | null }
    | { readonly responseType: "token" }
  );

/** The refusal of RFC 6749 §4.1.2.1, which the browser carries to the application. */
export interface Returned {
  readonly location: string;
}

/**
 * Reads the request. Where the application or its address cannot be trusted this throws, for a page and never
 * a redirect (§4.1.2.1, and the open redirect that Quay had); other mistakes go back to the application.
 */
export async function readAsked(hub: Hub, query: URLSearchParams): Promise<Asked | Returned> {
  const { client, redirectUri } = await readApplication(hub, query);
  const state = query.get("state");
  const responseType = query.get("response_type");
  const back = (error: string, explanation: string): Returned => {
    const answer = { error, error_description: explanation, ...(state === null ? {} : { state }) };
    return {
      location: responseType === "token" ? inFragment(redirectUri, answer) : inQuery(redirectUri, answer),
    };
  };
  if (new Set(query.keys()).size < [...query.keys()].length) {
    return back("invalid_request", "A parameter is given twice.");
  }
  if (responseType !== "code" && responseType !== "token") {
    return back("unsupported_response_type", "response_type must be code.");
  }
  const asked = readScopes(query.get("scope") ?? "", client);
  if ("refused" in asked) {
    return back("invalid_scope", asked.refused);
  }
  const { scopes } = asked;
  if (responseType === "token") {
    return client.implicit
      ? { client, redirectUri, scopes, state, responseType }
      : back("unauthorized_client", "This application may not use response_type=token.");
  }
  if (client.flows !== null && !client.flows.includes("authorization_code")) {
    return back("unauthorized_client", "This application is not registered for authorization_code.");
  }
  if (client.pkceOptional && !query.has("code_challenge")) {
    return { client, redirectUri, scopes, state, responseType, codeChallenge: null };
  }
  const codeChallenge = query.get("code_challenge") ?? "";
  if (query.get("code_challenge_method") !== "S256" || !CHALLENGE.test(codeChallenge)) {
    return back("invalid_request", "PKCE is needed: code_challenge with code_challenge_method=S256.");
  }
  return { client, redirectUri, scopes, state, responseType, codeChallenge };
}

async function readApplication(
  hub: Hub,
  query: URLSearchParams,
): Promise<{ readonly client: Client; readonly redirectUri: string }> {
  const [clientId, anotherId] = query.getAll("client_id");
  const client =
    clientId === undefined || anotherId !== undefined ? null : await ask(hub.clients.find(clientId));
  if (!client) {
    throw new HubError("malformed_request", { explanation: "The application is not registered here." });
  }
  const [redirectUri, anotherUri] = query.getAll("redirect_uri");
  // Quay's Ansible collection has the token of an implicit client sent to Quay's own page.
  const isOwnPage = client.implicit && redirectUri === `${hub.policy.publicUrl}${LOCAL_PAGE}`;
  const isRegistered = redirectUri !== undefined && (isOwnPage || client.redirectUris.includes(redirectUri));
  if (!isRegistered || anotherUri !== undefined) {
    throw new HubError("malformed_request", {
      explanation: "The application's redirect_uri is not the one it is registered with.",
    });
  }
  return { client, redirectUri };
}

export function inQuery(uri: string, values: Readonly<Record<string, string>>): string {
  const url = new URL(uri);
  for (const [name, value] of Object.entries(values)) {
    url.searchParams.append(name, value);
  }
  return url.href;
}

export function inFragment(uri: string, values: Readonly<Record<string, string>>): string {
  return `${uri}#${new URLSearchParams(values)}`;
}
