import { HubError } from "../../core/errors.ts";
import type { Hub } from "../../core/hub.ts";
import { type Access, type AnyRoute, route, type WireReply, type WireRequest } from "../../http/dialect.ts";
import { ANYBODY, type BaseOf, SEES_PEOPLE, SIGNED_IN } from "./access.ts";
import { type AskedPage, readFilter, readPage, writePage, writeResults } from "./paging.ts";
import { REPOSITORIES, repositoryOf } from "./repositories.ts";
import { GALAXY_NG_VERSION } from "./root-routes.ts";
import { repositoryHref } from "./search-routes.ts";
import { writeMe } from "./wire.ts";

/** The pulp that galaxy_ng 4.9.2 comes with; pulp-cli chooses its calls by it. */
const VERSIONS = [
  { component: "core", version: "3.28.44", package: "pulpcore", module: "pulpcore.app" },
  { component: "ansible", version: "0.20.12", package: "pulp-ansible", module: "pulp_ansible.app" },
  { component: "galaxy", version: GALAXY_NG_VERSION, package: "galaxy-ng", module: "galaxy_ng.app" },
];

const NOTHING = { items: [], count: 0 } as const;
const ACCOUNTS_MAX = 10_000;
const ACCOUNTS_READ = 200;

/**
 * What clients of galaxy_ng ask around collections: how the hub is set up, which distributions there are, who
 * may log in. Lists of things that this hub does not have are there and empty.
 */
export function sideRoutes(prefix: string, base: BaseOf): readonly AnyRoute[] {
  const ui = `${prefix}/_ui/v1`;
  const pulp = `${prefix}/pulp/api/v3`;
  return [
    fixed(`${ui}/settings`, ANYBODY, SETTINGS),
    fixed(`${ui}/feature-flags`, ANYBODY, FEATURE_FLAGS),
    fixed(`${pulp}/status`, "public", STATUS),
    ...[`${prefix}/v3/excludes`, `${prefix}/content/:repository/v3/excludes`].map((path) =>
      fixed(path, ANYBODY, { collections: [] }),
    ),
    distributionsRoute(`${ui}/distributions`, base),
    pulpDistributionsRoute(`${pulp}/distributions/ansible/ansible`, prefix, base),
    ...[`${ui}/groups`, `${prefix}/v3/tasks`].map((path) => emptyRoute(path, prefix, base, writePage)),
    ...["groups", "roles", "tasks"].map((name) => emptyRoute(`${pulp}/${name}`, prefix, base, writeResults)),
    ...peopleRoutes(`${ui}/users`, prefix, base),
    logoutRoute(`${ui}/auth/logout`),
  ];
}

/** When the collections of a repository were published last; the answer of the repository's own address. */
export function repositoryRoute(path: string): AnyRoute {
  return route({
    method: "GET",
    path,
    access: ANYBODY,
    read: ({ params }) => repositoryOf(params),
    // Clients fetch again if this has changed. Removals have no date here, so it always has.
    run: async (hub, _repository, caller) => {
      await hub.collections.list({ limit: 1, offset: 0 }, caller);
      return hub.now();
    },
    write: (now) => ({ status: 200, body: { published: new Date(now).toISOString() } }),
  });
}

/** An answer that is the same for everybody. */
function fixed(path: string, access: Access, body: unknown): AnyRoute {
  return route({
    method: "GET",
    path,
    access,
    read: ({ params }) => repositoryOf(params),
    run: async () => undefined,
    write: () => ({ status: 200, body }),
  });
}

const SETTINGS = {
  GALAXY_ENABLE_UNAUTHENTICATED_COLLECTION_ACCESS: false,
  GALAXY_ENABLE_UNAUTHENTICATED_COLLECTION_DOWNLOAD: false,
  GALAXY_FEATURE_FLAGS: {},
  GALAXY_TOKEN_EXPIRATION: null,
  GALAXY_REQUIRE_CONTENT_APPROVAL: false,
  GALAXY_COLLECTION_SIGNING_SERVICE: null,
  GALAXY_AUTO_SIGN_COLLECTIONS: false,
  GALAXY_SIGNATURE_UPLOAD_ENABLED: false,
  GALAXY_REQUIRE_SIGNATURE_FOR_APPROVAL: false,
  GALAXY_MINIMUM_PASSWORD_LENGTH: 12,
  GALAXY_AUTH_LDAP_ENABLED: null,
  GALAXY_CONTAINER_SIGNING_SERVICE: null,
  KEYCLOAK_URL: null,
} as const;

const FEATURE_FLAGS = {
  execution_environments: false,
  collection_signing: false,
  require_upload_signatures: false,
  signatures_enabled: false,
  can_upload_signatures: false,
  can_create_signatures: false,
  collection_auto_sign: false,
  display_signatures: false,
  container_signing: false,
  _messages: [],
} as const;

const STATUS = {
  versions: VERSIONS,
  online_workers: [],
  online_content_apps: [],
  database_connection: { connected: true },
  redis_connection: null,
  storage: null,
} as const;

function distributionsRoute(path: string, base: BaseOf): AnyRoute {
  return route({
    method: "GET",
    path,
    access: SIGNED_IN,
    read: ({ query }) => readPage(query),
    run: async (_hub, asked) => asked,
    write: (asked, request) => ({
      status: 200,
      body: writePage(pageOf(asked), asked, `${base(request).path}/_ui/v1/distributions/`, ({ name }) => ({
        pulp_id: name,
        name,
        base_path: name,
        repository: { name, description: null, pulp_id: name, content_count: null, gpgkey: null },
      })),
    }),
  });
}

function pulpDistributionsRoute(path: string, prefix: string, base: BaseOf): AnyRoute {
  return route({
    method: "GET",
    path,
    access: SIGNED_IN,
    read: ({ query }) => ({
      ...readPage(query),
      name: readFilter(query, "name", "base_path"),
    }),
    run: async (_hub, asked) => asked,
    write: (asked, request) => {
      const at = base(request);
      const href = `${at.path}${path.slice(prefix.length)}/`;
      return {
        status: 200,
        body: writeResults(pageOf(asked, asked.name), asked, `${at.origin}${href}`, ({ name }) => ({
          pulp_href: `${href}${name}/`,
          name,
          base_path: name,
          repository: repositoryHref(at, name),
          client_url: `${at.origin}${at.path}/content/${name}/`,
          pulp_labels: {},
        })),
      };
    },
  });
}

function pageOf({ limit, offset }: AskedPage, only?: string) {
  const found = REPOSITORIES.filter(({ name }) => (only ?? name) === name);
  return { items: found.slice(offset, offset + limit), count: found.length };
}

function emptyRoute(
  path: string,
  prefix: string,
  base: BaseOf,
  write: typeof writePage | typeof writeResults,
): AnyRoute {
  return route({
    method: "GET",
    path,
    access: SIGNED_IN,
    read: ({ query }) => readPage(query),
    run: async (_hub, asked) => asked,
    write: (asked, request) => {
      const url = `${base(request).path}${path.slice(prefix.length)}/`;
      return { status: 200, body: write(NOTHING, asked, url, (item) => item) };
    },
  });
}

function peopleRoutes(path: string, prefix: string, base: BaseOf): readonly AnyRoute[] {
  return [
    route({
      method: "GET",
      path,
      access: SEES_PEOPLE,
      read: ({ query }) => ({ ...readPage(query), username: readFilter(query, "username") }),
      run: async (hub, asked) => ({ asked, found: await people(hub, asked.username) }),
      write: ({ asked, found }, request) => {
        const page = { items: found.slice(asked.offset, asked.offset + asked.limit), count: found.length };
        const url = `${base(request).path}${path.slice(prefix.length)}/`;
        return { status: 200, body: writePage(page, asked, url, writePerson) };
      },
    }),
    route({
      method: "GET",
      path: `${path}/:id`,
      access: SEES_PEOPLE,
      read: ({ params }: WireRequest) => Number(params.id),
      run: async (hub, id) => (await people(hub)).find(({ number }) => number === id),
      write: (found): WireReply => {
        if (!found) {
          throw new HubError("not_found");
        }
        return { status: 200, body: writePerson(found) };
      },
    }),
  ];
}

type Person = Awaited<ReturnType<Hub["accounts"]["list"]>>[number];

async function people(hub: Hub, username?: string): Promise<readonly Person[]> {
  if (username !== undefined) {
    const found = await hub.accounts.findByUsername(username);
    return found?.type === "person" ? [found] : [];
  }
  const found: Person[] = [];
  for (;;) {
    const after = found[found.length - 1]?.username.toLowerCase();
    const page = await hub.accounts.list({ after, limit: ACCOUNTS_READ });
    found.push(...page);
    if (page.length < ACCOUNTS_READ || found.length >= ACCOUNTS_MAX) {
      return found;
    }
  }
}

function writePerson(account: Person) {
  const { is_anonymous: _anonymous, model_permissions: _permissions, ...rest } = writeMe(account);
  return rest;
}

/** The modules of `ansible.hub` end every run with it; they hold no session that it could end. */
function logoutRoute(path: string): AnyRoute {
  return route({
    method: "POST",
    path,
    access: "public",
    read: () => null,
    run: async () => undefined,
    write: () => ({ status: 204 }),
  });
}
