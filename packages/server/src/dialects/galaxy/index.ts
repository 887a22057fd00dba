import { USER_ADMIN } from "../../core/authority/scope.ts";
import type { Caller } from "../../core/caller.ts";
import { HubError } from "../../core/errors.ts";
import type { Hub } from "../../core/hub.ts";
import { type Access, type AnyRoute, type Dialect, type ProofKind, route } from "../../http/dialect.ts";
import { refuse } from "./refusals.ts";
import { readUpload } from "./upload.ts";
import * as wire from "./wire.ts";

/**
 * The private automation hub (galaxy_ng) as ansible-galaxy, galaxykit and the Controller see it: its one API token for each user, and
 * Galaxy's v3 API for collections. Facts: galaxy_ng's token API §4, what ansible-core 2.14 to 2.22 asks and expects §3.
 */
export interface GalaxyOptions {
  /** Without a slash at the end. */
  readonly prefix: string;
}

/** Older private hubs live here; existing configurations name it. */
const OLD_PREFIX = "/api/automation-hub";
/** The repository that the original's pages tell people to use. Every collection here is in it. */
const REPOSITORY = "/content/published";

/**
 * What may hold a collection scope opens the API; what holds none is refused by the scope, with 403. Offline tokens are no bearers, and an
 * instance key reaches its instance and nothing else, so it does not even see who its owner is.
 */
const TAKES: readonly ProofKind[] = [
  "session",
  "password",
  "hub_token",
  "personal_token",
  "platform_key",
  "app_token",
  "realm_bearer",
  "client_bearer",
  "zen_bearer",
];
const SIGNED_IN: Access = { takes: TAKES };
const ANYBODY: Access = { takes: TAKES, anonymous: true };
const WITH_FRESH_LOGIN: Access = { takes: TAKES, fresh: true };

export function galaxyDialect(hub: Hub, { prefix }: GalaxyOptions): Dialect {
  // Asked when a reply is written: with port 0 the public URL is known only once the server listens.
  const { policy } = hub;
  const prefixes = [...new Set([prefix, OLD_PREFIX])];
  const mounts = prefixes.flatMap((path) => [path, `${path}${REPOSITORY}`]);
  return {
    name: "galaxy",
    prefixes,
    routes: [
      ...prefixes.flatMap(accountRoutes),
      ...mounts.flatMap(rootRoutes),
      ...mounts.flatMap((path) => collectionRoutes(path, () => wire.baseAt(policy.publicUrl, path))),
    ],
    refuse: (error) => refuse(error, `${policy.publicUrl}/`),
  };
}

/** The API token of a user: one, shown once, replaced by the next. */
function accountRoutes(prefix: string): readonly AnyRoute[] {
  return [
    route({
      method: "POST",
      path: `${prefix}/v3/auth/token`,
      access: WITH_FRESH_LOGIN,
      read: () => undefined,
      run: (hub, _input, caller) => hub.credentials.issue(ownerOf(caller), { kind: "hub_token" }, caller),
      write: ({ secret }) => ({ status: 200, body: { token: secret.reveal() } }),
    }),
    route({
      method: "DELETE",
      path: `${prefix}/v3/auth/token`,
      access: SIGNED_IN,
      read: () => undefined,
      run: (hub, _input, caller) => endToken(hub, caller),
      write: () => ({ status: 204 }),
    }),
    route({
      method: "GET",
      path: `${prefix}/_ui/v1/me`,
      access: SIGNED_IN,
      read: () => undefined,
      run: async (_hub, _input, caller) => caller,
      write: ({ account }) => {
        if (!account) {
          throw new HubError("forbidden");
        }
        return { status: 200, body: wire.writeMe(account) };
      },
    }),
  ];
}

/** The client asks for the configured URL as written, and where that fails for the same with `/api` behind it. */
function rootRoutes(mount: string): readonly AnyRoute[] {
  return [mount, `${mount}/api`].map((path) =>
    route({
      method: "GET",
      path,
      access: ANYBODY,
      read: () => undefined,
      run: async () => undefined,
      write: () => ({ status: 200, body: { available_versions: { v3: "v3/" } } }),
    }),
  );
}

function collectionRoutes(mount: string, base: () => wire.Base): readonly AnyRoute[] {
  return [...publishRoutes(mount, base), ...readRoutes(mount, base)];
}

function publishRoutes(mount: string, base: () => wire.Base): readonly AnyRoute[] {
  return [
    route({
      method: "POST",
      path: `${mount}/v3/artifacts/collections`,
      access: SIGNED_IN,
      body: "stream",
      read: ({ stream, headers }) => ({ body: stream, contentType: headers["content-type"] }),
      run: async (hub, { body, contentType }, caller) => {
        if (!body) {
          throw new HubError("unsupported_media_type");
        }
        const admit = (filename: string) => void hub.collections.admit(filename, caller);
        const { filename, staged } = await readUpload(
          { body, contentType, admit },
          hub.collections.artifacts,
        );
        return hub.collections.publish(filename, staged, caller);
      },
      // Up to 2.19 the client takes the last segment as id and asks below its own root; 2.22 joins the whole to the host.
      write: ({ id }) => ({ status: 202, body: { task: wire.importPath(base(), id) } }),
    }),
    route({
      method: "GET",
      path: `${mount}/v3/imports/collections/:id`,
      access: SIGNED_IN,
      read: ({ params }) => params["id"] ?? "",
      run: (hub, id, caller) => hub.collections.importRecord(id, caller),
      write: (record) => ({ status: 200, body: wire.writeImport(record) }),
    }),
  ];
}

function readRoutes(mount: string, base: () => wire.Base): readonly AnyRoute[] {
  const collections = `${mount}/v3/collections`;
  const collection = `${collections}/:namespace/:name`;
  return [
    route({
      method: "GET",
      path: collections,
      access: ANYBODY,
      read: ({ query }) => wire.readPage(query),
      run: async (hub, page, caller) => ({ page, found: await hub.collections.list(page, caller) }),
      write: ({ page, found }) => ({
        status: 200,
        body: wire.writePage(found, { ...page, path: wire.collectionsPath(base()) }, (item) =>
          wire.writeCollection(base(), item),
        ),
      }),
    }),
    route({
      method: "GET",
      path: collection,
      access: ANYBODY,
      read: wire.readName,
      run: (hub, name, caller) => hub.collections.get(name, caller),
      write: (found) => ({ status: 200, body: wire.writeCollection(base(), found) }),
    }),
    route({
      method: "GET",
      path: `${collection}/versions`,
      access: ANYBODY,
      read: (request) => ({ name: wire.readName(request), page: wire.readPage(request.query) }),
      run: async (hub, { name, page }, caller) => ({
        name,
        page,
        found: await hub.collections.versions(name, page, caller),
      }),
      write: ({ name, page, found }) => ({
        status: 200,
        body: wire.writePage(found, { ...page, path: wire.versionsPath(base(), name) }, (item) =>
          wire.writeVersionSummary(base(), item),
        ),
      }),
    }),
    route({
      method: "GET",
      path: `${collection}/versions/:version`,
      access: ANYBODY,
      read: wire.readIdentity,
      run: (hub, identity, caller) => hub.collections.version(identity, caller),
      write: (version) => ({ status: 200, body: wire.writeVersion(base(), version) }),
    }),
    route({
      method: "GET",
      path: `${mount}/v3/artifacts/collections/:filename`,
      access: ANYBODY,
      read: ({ params }) => params["filename"] ?? "",
      run: (hub, filename, caller) => hub.collections.download(filename, caller),
      write: ({ stream, size }) => ({
        status: 200,
        headers: { "content-length": String(size) },
        contentType: "application/gzip",
        body: stream,
      }),
    }),
  ];
}

/** Whose token it is to be. Only what proves the person may make secrets: a log-in, or a personal token made for that. */
function ownerOf(caller: Caller) {
  const { account, authority, proof } = caller;
  const isPerson = proof.by === "session" || proof.by === "password" || isPersonalToken(caller);
  if (!account || !isPerson || !authority.permits(USER_ADMIN)) {
    throw new HubError("forbidden", {
      explanation: "An API token is made after a log-in with user name and password.",
    });
  }
  return account;
}

function isPersonalToken({ proof }: Caller): boolean {
  return proof.by === "credential" && proof.credential.kind === "personal_token" && proof.derived === null;
}

/** Ends the user's API token; none is no error. A token may also end itself. */
async function endToken(hub: Hub, caller: Caller): Promise<void> {
  const { proof } = caller;
  if (proof.by === "credential" && proof.credential.kind === "hub_token") {
    await hub.credentials.revoke(proof.credential, caller, null);
    return;
  }
  await hub.credentials.revokeInSlot(ownerOf(caller), "hub_token", null, caller);
}
