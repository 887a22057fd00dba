import type { Scope } from "../../core/authority/scope.ts";
import { readScopeList, refuseUnreadable } from "../../core/authority/scope-list.ts";
import type { Origin } from "../../core/caller.ts";
import type { Client } from "../../core/client/client.ts";
import { formatUserCode, type StartedDevice } from "../../core/client/device.ts";
import { HubError } from "../../core/errors.ts";
import type { Hub } from "../../core/hub.ts";
import type { Looked } from "../../core/looked.ts";
import type { Secret } from "../../core/secret/secret.ts";
import type { ShownCredential } from "../../http/credential-end.ts";
import type { WireRequest } from "../../http/dialect.ts";
import {
  authenticateClient,
  type PresentedClient,
  presentedClient,
} from "../../http/oauth/client-authentication.ts";
import { type OAuthForm, readOAuthForm } from "../../http/oauth/form.ts";

/** The common part of each request at the realm's endpoints. */
export interface ClientRequest {
  readonly form: OAuthForm;
  readonly client: PresentedClient | null;
  readonly origin: Origin;
  readonly shown: ShownCredential;
}

export function readClientRequest(request: WireRequest): ClientRequest {
  const form = readOAuthForm(request);
  const { origin, presented, shown } = request;
  return { form, client: presentedClient(presented, form), origin, shown };
}

/** Throws `malformed_request` without a client id, `invalid_client` for one that is unknown or not proved. */
export function requireClient(hub: Hub, { client }: ClientRequest): Looked<Client> {
  if (!client) {
    throw new HubError("malformed_request", {
      field: "client_id",
      explanation: "The parameter client_id is missing.",
    });
  }
  return authenticateClient(hub, client);
}

const ASKED_MAX = 50;
/** Types of scopes that other systems do not use for their own words. */
const OUR_WORD = /^(?:collection|repository|instance|registry|hub|user)(?![a-z_])/i;

/**
 * The hub's own scopes in `scope`. Words of other systems (`openid`, `offline_access`, and `api.console`,
 * which ansible-galaxy sends) are ignored (RFC 6749 §3.3). A word that looks like one of the hub's scopes and
 * cannot be read is refused: without it the token would not be narrowed at all. Throws `invalid_scope`.
 */
export function readAskedScopes(form: OAuthForm): readonly Scope[] {
  const text = form.get("scope");
  if (text === undefined) {
    return [];
  }
  const words = new Set(text.split(" ").filter((word) => word !== ""));
  if (words.size === 0) {
    throw refuseUnreadable("", "scope");
  }
  return readScopeList([...words].filter(isMeantForUs), { field: "scope", max: ASKED_MAX });
}

/**
 * Words with a colon are ours, but for URNs and URLs; of the others those that begin with one of our types.
 */
function isMeantForUs(word: string): boolean {
  return word.includes(":")
    ? !/^(?:urn|https?):/i.test(word)
    : !/^[\x21\x23-\x5b\x5d-\x7e]+$/.test(word) || OUR_WORD.test(word);
}

export function asksOpenId(form: OAuthForm): boolean {
  return form.get("scope")?.split(" ").includes("openid") === true;
}

export interface AccessTokenAnswer {
  readonly accessToken: string;
  readonly expiresInSeconds: number;
  readonly scope: string;
  /** The refresh token of a person's exchange; null for a client in its own name. */
  readonly offline: {
    readonly secret: Secret;
    /** Null: never. */
    readonly idleSecondsLeft: number | null;
    readonly sessionState: string;
  } | null;
}

/**
 * Keycloak's answer as JSON, field by field. It sends 0 for "never" in `refresh_expires_in`. The bearer is
 * base64url and full stops, so it is not searched for characters that JSON escapes.
 */
export function writeTokens({ accessToken, expiresInSeconds, scope, offline }: AccessTokenAnswer): string {
  const refresh = offline ? `,"refresh_token":${JSON.stringify(offline.secret.reveal())}` : "";
  const session = offline ? `,"session_state":${JSON.stringify(offline.sessionState)}` : "";
  const times = `"expires_in":${expiresInSeconds},"refresh_expires_in":${offline?.idleSecondsLeft ?? 0}`;
  const type = `"token_type":"Bearer","not-before-policy":0`;
  return `{"access_token":"${accessToken}",${times}${refresh},${type}${session},"scope":${JSON.stringify(scope)}}`;
}

export function writeDevice(started: StartedDevice, page: string): unknown {
  const userCode = formatUserCode(started.userCode);
  return {
    device_code: started.deviceCode.reveal(),
    user_code: userCode,
    verification_uri: page,
    verification_uri_complete: `${page}?user_code=${userCode}`,
    expires_in: started.expiresInSeconds,
    interval: started.intervalSeconds,
  };
}
