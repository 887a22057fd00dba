import type { CollectionVersion, VersionPlace } from "../../core/collection/ports.ts";
import { type AnyRoute, route, type WireRequest } from "../../http/dialect.ts";
import { ANYBODY, type BaseOf, SIGNED_IN } from "./access.ts";
import { readFilter, readFlag, readPage, writePage } from "./paging.ts";
import { PUBLISHED, repositoryOf } from "./repositories.ts";
import { type Base, collectionsPath, time, writeCollection } from "./wire.ts";

type Found = CollectionVersion & VersionPlace;

/**
 * Lists over all collections: pulp_ansible's search, and the lists of the original's own pages that galaxykit
 * and scripts read.
 */
export function searchRoutes(prefix: string, base: BaseOf): readonly AnyRoute[] {
  const search = "/v3/plugin/ansible/search/collection-versions/";
  return [
    versionsRoute(prefix, search, base, writeSearchItem),
    versionsRoute(prefix, "/_ui/v1/collection-versions/", base, writeUiItem),
    route({
      method: "GET",
      path: `${prefix}/v3/plugin/ansible/client-configuration`,
      access: SIGNED_IN,
      read: () => null,
      run: async () => undefined,
      write: () => ({ status: 200, body: { default_distribution_path: PUBLISHED.name } }),
    }),
    route({
      method: "GET",
      path: `${prefix}/_ui/v1/repo/:repository`,
      access: ANYBODY,
      read: ({ query, params }) => ({ ...readPage(query), ...readRepository(params), ...readNames(query) }),
      run: async (hub, asked, caller) => ({ asked, found: await hub.collections.list(asked, caller) }),
      write: ({ asked, found }, request) => ({
        status: 200,
        body: writePage(found, asked, collectionsPath(base(request)), (item) =>
          writeCollection(base(request), item),
        ),
      }),
    }),
    route({
      method: "GET",
      path: `${prefix}/_ui/v1/repo/:repository/:namespace/:name`,
      access: ANYBODY,
      read: ({ params }) => ({
        namespace: repositoryOf(params).isFull ? (params.namespace ?? "") : "-",
        name: params.name ?? "",
      }),
      run: (hub, name, caller) => hub.collections.get(name, caller),
      write: (found, request) => ({ status: 200, body: writeCollection(base(request), found) }),
    }),
  ];
}

function readRepository(params: Readonly<Record<string, string>>) {
  return repositoryOf(params).isFull ? {} : { namespace: "-" };
}

function readNames(query: URLSearchParams) {
  const namespace = readFilter(query, "namespace");
  const name = readFilter(query, "name");
  return { ...(namespace === undefined ? {} : { namespace }), ...(name === undefined ? {} : { name }) };
}

function versionsRoute(
  prefix: string,
  path: string,
  base: BaseOf,
  write: (base: Base, found: Found) => unknown,
): AnyRoute {
  return route({
    method: "GET",
    path: `${prefix}${path.slice(0, -1)}`,
    access: ANYBODY,
    read: readSearch,
    run: async (hub, asked, caller) => ({ asked, found: await hub.collections.search(asked, caller) }),
    write: ({ asked, found }, request) => ({
      status: 200,
      body: writePage(found, asked, `${base(request).path}${path}`, (item) => write(base(request), item)),
    }),
  });
}

/**
 * The filters of pulp_ansible 0.20, `CollectionVersionSearchFilter`. Nothing here is signed or deprecated.
 */
function readSearch({ query }: WireRequest) {
  const repository = readFilter(query, "repository_name", "repository");
  const isEmpty =
    (repository !== undefined && repository !== PUBLISHED.name) ||
    readFlag(query, "is_deprecated", "deprecated") === true ||
    readFlag(query, "is_signed", "signed") === true;
  return {
    ...readPage(query),
    ...readNames(query),
    ...(isEmpty ? { namespace: "-" } : {}),
    version: readFilter(query, "version"),
    isHighest: readFlag(query, "is_highest", "highest"),
    keywords: readFilter(query, "q", "keywords"),
  };
}

function writeSearchItem(base: Base, found: Found) {
  const { manifest } = found;
  return {
    repository: { name: PUBLISHED.name, description: "", pulp_labels: {}, pulp_href: repositoryHref(base) },
    collection_version: {
      pulp_href: versionHref(base, found.id),
      namespace: found.namespace,
      name: found.name,
      version: found.version,
      requires_ansible: found.requiresAnsible,
      pulp_created: time(found.createdAt),
      contents: [],
      dependencies: manifest.dependencies,
      description: manifest.description,
      tags: [...manifest.tags].sort().map((name) => ({ name })),
    },
    repository_version: "latest",
    namespace_metadata: null,
    is_highest: found.isHighest,
    is_deprecated: false,
    is_signed: false,
  };
}

function writeUiItem(_base: Base, found: Found) {
  const { manifest } = found;
  return {
    id: found.id,
    namespace: found.namespace,
    name: found.name,
    version: found.version,
    requires_ansible: found.requiresAnsible,
    created_at: time(found.createdAt),
    metadata: {
      dependencies: manifest.dependencies,
      contents: [],
      documentation: manifest.documentation,
      homepage: manifest.homepage,
      issues: manifest.issues,
      repository: manifest.repository,
      description: manifest.description,
      authors: manifest.authors,
      license: manifest.license,
      tags: [...manifest.tags].sort(),
      signatures: [],
    },
    contents: [],
    sign_state: "unsigned",
    repository_list: [PUBLISHED.name],
  };
}

export function versionHref(base: Base, id: string): string {
  return `${base.path}/pulp/api/v3/content/ansible/collection_versions/${id}/`;
}

export function repositoryHref(base: Base, name = PUBLISHED.name): string {
  return `${base.path}/pulp/api/v3/repositories/ansible/ansible/${name}/`;
}
