import type { Scope } from "../../core/authority/scope.ts";
import { CLOUD_SERVICES, type Client } from "../../core/client/client.ts";
import { requireFlow } from "../../core/client/require-flow.ts";
import { allowedFrom } from "../../core/credential/allowed-from.ts";
import type { Credential } from "../../core/credential/credential.ts";
import { wrongKind } from "../../core/credential/kinds.ts";
import { type PresentedSecret, readSecret } from "../../core/credential/presented.ts";
import type { Verdict } from "../../core/credential/verify.ts";
import { HubError } from "../../core/errors.ts";
import type { Hub } from "../../core/hub.ts";
import { ask, type Looked, Undecided, whenKnown } from "../../core/looked.ts";
import { Secret } from "../../core/secret/secret.ts";
import { requireParameter } from "../../http/oauth/form.ts";
import { DEVICE_CODE_GRANT } from "../../http/oauth/metadata.ts";
import { type AccessToken, signForClient, signForOwner } from "./access-token.ts";
import {
  type AccessTokenAnswer,
  asksOpenId,
  type ClientRequest,
  readAskedScopes,
  requireClient,
} from "./wire.ts";

type Grant = (hub: Hub, request: ClientRequest) => Looked<AccessTokenAnswer>;

const GRANTS: ReadonlyMap<string, Grant> = new Map([
  ["refresh_token", exchangeOfflineToken],
  ["client_credentials", actAsClient],
  [DEVICE_CODE_GRANT, (hub, request) => new Undecided(() => redeemDeviceCode(hub, request))],
]);

/** RFC 6749 §3.2. Throws the refusals of §5.2 and of RFC 8628 §3.5. */
export function runGrant(hub: Hub, request: ClientRequest): Looked<AccessTokenAnswer> {
  const grant = GRANTS.get(requireParameter(request.form, "grant_type"));
  if (!grant) {
    throw new HubError("unsupported_grant");
  }
  return grant(hub, request);
}

/**
 * Exchanges an offline token for a bearer of minutes. The offline token is returned unchanged: ansible-galaxy
 * never reads a new one, so it is not rotated. Each exchange is a use and restarts the idle time.
 */
function exchangeOfflineToken(hub: Hub, request: ClientRequest): Looked<AccessTokenAnswer> {
  return whenKnown(requireClient(hub, request), lookAtOfflineToken, { hub, request });
}

/** An offline token that a known client shows. */
interface Shown {
  readonly hub: Hub;
  readonly request: ClientRequest;
  readonly client: Client;
  readonly presented: PresentedSecret;
  readonly asked: readonly Scope[];
}

function lookAtOfflineToken(
  client: Client,
  { hub, request }: Pick<Shown, "hub" | "request">,
): Looked<AccessTokenAnswer> {
  requireFlow(client, "refresh_token");
  const presented = readSecret(requireParameter(request.form, "refresh_token").trim());
  const asked = readAskedScopes(request.form);
  const shown: Shown = { hub, request, client, presented, asked };
  return whenKnown(hub.verdicts.look(presented), exchange, shown);
}

function exchange(found: Verdict, shown: Shown): Looked<AccessTokenAnswer> {
  const { hub, request, client, presented, asked } = shown;
  const verdict = allowedFrom(found, request.origin.address);
  if (!verdict.active || verdict.credential.kind !== "offline_token") {
    throw refuseToken(verdict, presented);
  }
  const { credential, account, authority } = verdict;
  // RFC 6749 §6: a token is bound to the client it was issued to. Those created at the hub belong to
  // automation hub's client.
  if ((credential.clientId ?? CLOUD_SERVICES) !== client.id) {
    throw new HubError("invalid_grant", {
      detail: `credential ${credential.id} belongs to another client`,
      explanation: "This offline token is not valid here.",
    });
  }
  const of = { credential, account, authority, client };
  const signed = signForOwner(hub, of, asked, { openId: asksOpenId(request.form) });
  return whenKnown(signed, answerExchange, { shown, credential });
}

function answerExchange(
  signed: AccessToken,
  { shown, credential }: { readonly shown: Shown; readonly credential: Credential },
): AccessTokenAnswer {
  const { hub, request, presented } = shown;
  hub.uses.record(credential, request.origin, "realm");
  request.shown.credential = credential;
  return {
    accessToken: signed.jwt,
    expiresInSeconds: signed.expiresInSeconds,
    scope: withOfflineAccess(signed.scope),
    offline: offlineAnswer(hub, presented.secret, credential),
  };
}

/**
 * Tells how an offline token ended, to a caller that presents its true secret. All other cases get one
 * neutral sentence.
 */
function refuseToken(verdict: Verdict, presented: PresentedSecret): HubError {
  const { credential } = verdict;
  const ending = !verdict.active && credential?.kind === "offline_token" ? verdict.ending : null;
  const reason = verdict.active ? `a ${verdict.credential.kind} is not taken here` : verdict.reason;
  return new HubError("invalid_grant", {
    detail: credential ? `${reason}: credential ${credential.id}` : reason,
    explanation:
      presented.form === "credential" && presented.kind !== "offline_token"
        ? wrongKind(presented.kind)
        : "This offline token is not valid here.",
    ...(ending && credential ? { ending, credentialId: credential.id } : {}),
  });
}

/** RFC 6749 §4.4: a service account's own bearer. */
function actAsClient(hub: Hub, request: ClientRequest): Looked<AccessTokenAnswer> {
  return whenKnown(requireClient(hub, request), (client) => {
    requireFlow(client, "client_credentials");
    if (client.type !== "confidential") {
      throw new HubError("unauthorized_client");
    }
    const openId = asksOpenId(request.form);
    return whenKnown(signForClient(hub, client, readAskedScopes(request.form), { openId }), (signed) => ({
      accessToken: signed.jwt,
      expiresInSeconds: signed.expiresInSeconds,
      scope: signed.scope,
      offline: null,
    }));
  });
}

async function redeemDeviceCode(hub: Hub, request: ClientRequest): Promise<AccessTokenAnswer> {
  const client = await ask(requireClient(hub, request));
  requireFlow(client, "device_code");
  const deviceCode = new Secret(requireParameter(request.form, "device_code").trim());
  const { secret, credential } = await hub.clients.devices.redeem(client, deviceCode, request.origin);
  const verdict = await ask(hub.verdicts.lookById(credential.id));
  if (!verdict.active) {
    throw new HubError("access_denied", { detail: "ended as soon as it was made" });
  }
  const openId = asksOpenId(request.form);
  const signed = await ask(signForOwner(hub, { ...verdict, client }, [], { openId }));
  return {
    accessToken: signed.jwt,
    expiresInSeconds: signed.expiresInSeconds,
    scope: withOfflineAccess(signed.scope),
    offline: offlineAnswer(hub, secret, credential),
  };
}

function withOfflineAccess(scope: string): string {
  return scope === "" ? "offline_access" : `offline_access ${scope}`;
}

function offlineAnswer(
  hub: Hub,
  secret: Secret,
  credential: Credential,
): NonNullable<AccessTokenAnswer["offline"]> {
  const end = hub.credentials.nearestEnd(credential);
  return {
    secret,
    idleSecondsLeft: end === null ? null : Math.max(1, Math.floor((end - hub.now()) / 1000)),
    sessionState: credential.id,
  };
}
