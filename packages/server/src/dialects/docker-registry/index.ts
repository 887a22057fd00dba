import type { Caller, Origin } from "../../core/caller.ts";
import { KINDS } from "../../core/credential/kinds.ts";
import { HubError } from "../../core/errors.ts";
import type { Hub } from "../../core/hub.ts";
import { ask } from "../../core/looked.ts";
import type { Secret } from "../../core/secret/secret.ts";
import { readPair } from "../../http/authorization.ts";
import { recordShown } from "../../http/credential-end.ts";
import {
  type Access,
  type AnyRoute,
  type Dialect,
  type ProofKind,
  route,
  type WireRequest,
} from "../../http/dialect.ts";
import { identify, identifyParent, proofKindOf } from "../../http/identify.ts";
import { keysRoute } from "../../http/oauth/metadata.ts";
import { refuse } from "./refusals.ts";
import * as wire from "./wire.ts";

/**
 * The token service of container registries (distribution's spec/auth/{token,oauth,jwt,scope}), as docker,
 * podman, skopeo, containerd and containers/image speak it. The registry sends its clients here and verifies
 * the tokens by itself.
 */
const PATH = "/v2/auth";
const JSON_TYPE = "application/json; charset=utf-8";

const TAKES: readonly ProofKind[] = ["app_token", "password", "personal_token"];
/** Anybody may ask; a stranger gets what the set `anonymous` holds. */
const ANYBODY: Access = {
  takes: TAKES,
  anonymous: true,
  ownProof: (hub, request) => {
    const id = parentOfKept(hub, request);
    return id === null ? null : identifyParent(hub, id, request.origin);
  },
};
/** The names under which clients send what docker keeps as `identitytoken`. */
const NAMES_OF_KEPT = new Set(["$app", "<token>"]);

/**
 * The credential behind an `identitytoken` that is sent as a password, by clients that read name and password
 * from docker's file and know no refresh grant. Null for a request that shows anything else.
 */
function parentOfKept(hub: Hub, { presented, query }: WireRequest): string | null {
  const isPassword = presented?.scheme === "basic" && presented.form === "password";
  return isPassword && NAMES_OF_KEPT.has(presented.username)
    ? hub.registry.parentOfRefresh(presented.secret, query.get("service"))
    : null;
}

export function dockerRegistryDialect(hub: Hub): Dialect {
  return {
    name: "docker-registry",
    prefixes: ["/v2"],
    routes: [
      versionRoute(),
      queryRoute(hub),
      formRoute(),
      certificatesRoute(),
      keysRoute(`${PATH}/jwks`, ["registry"]),
    ],
    refuse: (error, request) => refuse(error, request, `${hub.policy.publicUrl}/`),
  };
}

/**
 * The registry's version check (distribution, spec/api), so that `podman login` at the hub itself succeeds: a
 * challenge that leads to the token service, or 200 for a token of one of its services.
 */
function versionRoute(): AnyRoute {
  return route({
    method: "GET",
    path: "/v2",
    // The proof is a registry token, which nothing else here takes.
    access: "public",
    read: ({ presented }) => (presented?.form === "jwt" ? presented.secret : null),
    run: async (hub, token) => ({ policy: hub.policy, isGood: token !== null && (await isOurs(hub, token)) }),
    write: ({ policy, isGood }) => {
      const version = { "docker-distribution-api-version": "registry/2.0" };
      if (isGood) {
        return { status: 200, headers: version, body: {} };
      }
      const challenge = `Bearer realm="${policy.publicUrl}${PATH}",service="${policy.registryServices[0]}"`;
      const errors = [{ code: "UNAUTHORIZED", message: "authentication required", detail: null }];
      return { status: 401, headers: { ...version, "www-authenticate": challenge }, body: { errors } };
    },
  });
}

async function isOurs(hub: Hub, token: Secret): Promise<boolean> {
  const verified = await ask(hub.keys.look(token.reveal(), { purposes: ["registry"] }));
  const audience = verified?.claims["aud"];
  return typeof audience === "string" && hub.policy.registryServices.includes(audience);
}

function queryRoute(hub: Hub): AnyRoute {
  return route({
    method: "GET",
    path: PATH,
    access: ANYBODY,
    quick: true,
    read: (request, caller) => {
      if (parentOfKept(hub, request) === null) {
        checkUser(caller, request.presented?.username ?? null);
      }
      return wire.readQuery(request);
    },
    run: (_hub, request, caller) => hub.registry.issue(request, caller),
    write: (token) => ({ status: 200, contentType: JSON_TYPE, body: wire.writeQueryReply(token) }),
  });
}

/**
 * containerd and BuildKit try this first, docker and containers/image with the `identitytoken` that they
 * keep.
 */
function formRoute(): AnyRoute {
  return route({
    method: "POST",
    path: PATH,
    // The proof is in the form.
    access: "public",
    quick: true,
    read: (request) => ({ ...wire.readTokenForm(request), origin: request.origin, shown: request.shown }),
    run: async (hub, { request, grant, origin, shown }) => {
      const caller = await callerOf(hub, grant, request.service, origin);
      if (caller.proof.by === "credential") {
        hub.uses.record(caller.proof.credential, origin, "registry");
      }
      recordShown(shown, caller);
      const token = await ask(hub.registry.issue(request, caller));
      return grant.type === "refresh_token" ? { ...token, refresh: grant.secret } : token;
    },
    write: (token) => ({ status: 200, contentType: JSON_TYPE, body: wire.writeFormReply(token) }),
  });
}

/** The certificates as a registry's `rootcertbundle`. */
function certificatesRoute(): AnyRoute {
  return route({
    method: "GET",
    path: `${PATH}/certs.pem`,
    access: "public",
    read: () => null,
    run: (hub) => hub.keys.certificates("registry"),
    write: (body) => ({ status: 200, contentType: "application/x-pem-file", body }),
  });
}

async function callerOf(
  hub: Hub,
  grant: wire.Grant,
  service: string | null,
  origin: Origin,
): Promise<Caller> {
  hub.registry.checkService(service);
  if (grant.type === "refresh_token") {
    const id = hub.registry.parentOfRefresh(grant.secret, service);
    if (id === null) {
      throw new HubError("credential_inactive", {
        detail: "not one of the hub's refresh tokens for this service",
      });
    }
    return ask(identifyParent(hub, id, origin));
  }
  const { username, secret } = grant;
  const caller = await ask(identify(hub, readPair("basic", username, secret.reveal()), origin));
  checkUser(caller, username);
  return caller;
}

/**
 * Docker's log-ins: the name of the kind with a secret that has one (`$app` with an app token), a user name
 * with the password or a personal token, and nothing else.
 */
function checkUser(caller: Caller, username: string | null): void {
  const kind = proofKindOf(caller);
  if (kind === null) {
    return;
  }
  const { proof } = caller;
  const loginName = proof.by === "credential" ? KINDS[proof.credential.kind].loginName : null;
  // A service (a Quay robot) logs in under its own name with a token of any kind.
  const isService = caller.account?.type === "service" && username !== null;
  // Quay takes an app token under `$app` alone; a personal token also under its owner's name.
  const isNamed = kind === "app_token" ? username === loginName || isService : username !== null;
  const isLogIn = isNamed && TAKES.includes(kind);
  if (!isLogIn) {
    throw new HubError("credential_inactive", { detail: `a ${kind} is not a log-in under this user name` });
  }
}
