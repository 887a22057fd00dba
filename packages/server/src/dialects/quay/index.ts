import { HUB_AUDIT } from "../../core/authority/authority.ts";
import { USER_ADMIN } from "../../core/authority/scope.ts";
import { type Caller, requireAccount } from "../../core/caller.ts";
import type { Credential } from "../../core/credential/credential.ts";
import { HubError } from "../../core/errors.ts";
import type { Hub } from "../../core/hub.ts";
import { type Access, type AnyRoute, type Dialect, route } from "../../http/dialect.ts";
import { requireFreshLogin } from "../../http/pipeline.ts";
import { discoveryRoute } from "./discovery.ts";
import { ERROR_TYPES, refuse } from "./refusals.ts";
import { robotRoutes } from "./robots.ts";
import { signInRoutes } from "./sign-in.ts";
import { isListed, listAppTokens } from "./token-list.ts";
import { userRoute } from "./user.ts";
import * as wire from "./wire.ts";

/**
 * Quay's API for app-specific tokens, as its Ansible collection, scripts and generated clients speak it
 * (quay/quay@ffba0c70e, `endpoints/api/appspecifictokens.py`). The dialect `docker-registry` accepts the
 * tokens.
 */
const BASE = "/api/v1";
const TOKENS = `${BASE}/user/apptoken`;

/**
 * A log-in, or a personal token with `user:admin` (OAuth access tokens are personal tokens). No other
 * credential creates one.
 */
const OWN: Access = { takes: ["session", "personal_token"], holds: USER_ADMIN };
const OWN_FRESH: Access = { takes: ["session", "personal_token"], holds: USER_ADMIN, fresh: true };
const EVERYBODYS: Access = {
  takes: ["session", "personal_token"],
  roles: ["admin", "auditor"],
  holds: HUB_AUDIT,
};

export function quayDialect(hub: Hub): Dialect {
  const robots = robotRoutes(BASE, { own: OWN, makesSecrets: OWN_FRESH });
  return {
    name: "quay",
    csrfInRequest: "form or query",
    prefixes: [BASE, "/csrf_token"],
    routes: [
      ...readRoutes(),
      ...changeRoutes(),
      ...robots,
      ...signInRoutes(BASE),
      userRoute(`${BASE}/user`),
      discoveryRoute(`${BASE}/discovery`),
      messagesRoute(`${BASE}/messages`),
      errorRoute(hub),
    ],
    refuse: (error) => refuse(error, hub.policy.publicUrl),
  };
}

function readRoutes(): readonly AnyRoute[] {
  return [
    route({
      method: "GET",
      path: TOKENS,
      access: OWN,
      read: wire.readExpiring,
      run: async (hub, onlyExpiring, caller) => {
        const own = { ownerId: requireAccount(caller).id, expiring: onlyExpiring === true };
        const tokens = (await listAppTokens(hub, own)).map((one) => wire.writeToken(hub, one));
        return { tokens, only_expiring: onlyExpiring };
      },
      write: (body) => ({ status: 200, body }),
    }),
    route({
      method: "GET",
      path: `${TOKENS}/:uuid`,
      access: OWN,
      // Reading a secret is audited, so a HEAD must not do it.
      changesState: true,
      read: ({ params }) => params.uuid ?? "",
      run: async (hub, uuid, caller) => {
        const credential = await ownAppToken(hub, uuid, caller);
        if (hub.credentials.endOf(credential)) {
          throw new HubError("not_found");
        }
        return wire.writeTokenWithCode(hub, credential, await readAgain(hub, credential, caller));
      },
      write: (body) => ({ status: 200, body }),
    }),
    route({
      method: "GET",
      path: `${BASE}/superuser/apptokens`,
      access: EVERYBODYS,
      read: wire.readExpiring,
      run: async (hub, onlyExpiring) => {
        const all = await listAppTokens(hub, { ownerId: undefined, expiring: onlyExpiring === true });
        const tokens = await Promise.all(
          all.map(async (one) => ({ ...wire.writeToken(hub, one), owner: await ownerName(hub, one) })),
        );
        return { tokens, only_expiring: onlyExpiring };
      },
      write: (body) => ({ status: 200, body }),
    }),
  ];
}

function changeRoutes(): readonly AnyRoute[] {
  return [
    route({
      method: "POST",
      path: TOKENS,
      access: OWN_FRESH,
      read: wire.readNewToken,
      run: async (hub, { title }, caller) => {
        const issue = { kind: "app_token", title } as const;
        const { credential, secret } = await hub.issuance.issue(requireAccount(caller), issue, caller);
        return wire.writeTokenWithCode(hub, credential, secret);
      },
      // Quay's description and documentation say 201, its code 200; its clients take both.
      write: (body) => ({ status: 201, body }),
    }),
    route({
      method: "DELETE",
      path: `${TOKENS}/:uuid`,
      access: OWN,
      read: ({ params }) => params.uuid ?? "",
      run: async (hub, uuid, caller) => {
        const credential = await ownAppToken(hub, uuid, caller);
        if (!isListed(hub, credential)) {
          throw new HubError("not_found");
        }
        await (hub.credentials.endOf(credential)
          ? hub.credentials.dismiss(credential, caller)
          : hub.revocations.revoke(credential, caller, null));
      },
      write: () => ({ status: 204 }),
    }),
  ];
}

/** The notices that an operator of Quay shows on every page; this hub has none. */
function messagesRoute(path: string): AnyRoute {
  return route({
    method: "GET",
    path,
    access: "public",
    read: () => null,
    run: async () => undefined,
    write: () => ({ status: 200, body: { messages: [] } }),
  });
}

/** Where the `type` of an ApiError leads. */
function errorRoute(hub: Hub): AnyRoute {
  return route({
    method: "GET",
    path: `${BASE}/error/:title`,
    access: "public",
    read: ({ params }) => params.title ?? "",
    run: async (_hub, title) => {
      if (!Object.hasOwn(ERROR_TYPES, title)) {
        throw new HubError("not_found");
      }
      const description = ERROR_TYPES[title as keyof typeof ERROR_TYPES];
      return { type: `${hub.policy.publicUrl}${BASE}/error/${title}`, title, description };
    },
    write: (body) => ({ status: 200, body }),
  });
}

/** A credential of another owner or of another kind answers like an unknown one. */
async function ownAppToken(hub: Hub, uuid: string, caller: Caller): Promise<Credential> {
  const credential = await hub.credentials.ofOwner(requireAccount(caller), uuid);
  if (credential.kind !== "app_token") {
    throw new HubError("not_found");
  }
  return credential;
}

async function readAgain(hub: Hub, credential: Credential, caller: Caller) {
  if (!hub.credentials.isReadable(credential)) {
    return null;
  }
  requireFreshLogin(hub, caller);
  return hub.credentials.reveal(credential, caller);
}

async function ownerName(hub: Hub, { ownerId }: Credential): Promise<string | null> {
  return (await hub.accounts.findById(ownerId))?.username ?? null;
}
