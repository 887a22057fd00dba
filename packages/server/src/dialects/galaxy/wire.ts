import type { Account } from "../../core/account/account.ts";
import type { Page } from "../../core/collection/collections.ts";
import { artifactName, type CollectionIdentity } from "../../core/collection/manifest.ts";
import type {
  Collection,
  CollectionImport,
  CollectionName,
  CollectionVersion,
  CollectionVersionSummary,
  PageOf,
} from "../../core/collection/ports.ts";
import type { WireRequest } from "../../http/dialect.ts";

/** Where the links of a reply begin: below the prefix that the request came by, so that a client stays where it was sent. */
export interface Base {
  /** As clients see it: a proxy may serve the hub below a path of its own. */
  readonly path: string;
  /** Scheme, host and port as clients are told them. */
  readonly origin: string;
}

export function baseAt(publicUrl: string, path: string): Base {
  const { origin, pathname } = new URL(publicUrl);
  return { origin, path: `${pathname.replace(/\/+$/, "")}${path}` };
}

const PAGE_DEFAULT = 10;
const PAGE_MAX = 100;
const WHOLE_NUMBER = /^[0-9]{1,9}$/;

/** `limit` and `offset` as Django REST framework reads them: what makes no sense counts as not given. */
export function readPage(query: URLSearchParams): Page {
  const limit = readNumber(query.get("limit"));
  return {
    limit: limit > 0 ? Math.min(limit, PAGE_MAX) : PAGE_DEFAULT,
    offset: readNumber(query.get("offset")),
  };
}

function readNumber(text: string | null): number {
  return text !== null && WHOLE_NUMBER.test(text) ? Number(text) : 0;
}

export function readName(request: WireRequest): CollectionName {
  return { namespace: request.params["namespace"] ?? "", name: request.params["name"] ?? "" };
}

export function readIdentity(request: WireRequest): CollectionIdentity {
  return { ...readName(request), version: request.params["version"] ?? "" };
}

/** A page in pulp_ansible's shape. ansible-core 2.14 splices `next` into its own URL, so it is a path without host. */
export function writePage<Item>(
  { items, count }: PageOf<Item>,
  page: Page & { readonly path: string },
  write: (item: Item) => unknown,
) {
  const { limit, offset, path } = page;
  const at = (position: number) => `${path}?limit=${limit}&offset=${position}`;
  return {
    meta: { count },
    links: {
      first: at(0),
      previous: offset > 0 ? at(Math.max(0, offset - limit)) : null,
      next: offset + limit < count ? at(offset + limit) : null,
      last: at(count === 0 ? 0 : Math.floor((count - 1) / limit) * limit),
    },
    data: items.map(write),
  };
}

export function collectionsPath(base: Base): string {
  return `${base.path}/v3/collections/`;
}

function collectionPath(base: Base, { namespace, name }: CollectionName): string {
  return `${collectionsPath(base)}${namespace}/${name}/`;
}

export function versionsPath(base: Base, name: CollectionName): string {
  return `${collectionPath(base, name)}versions/`;
}

function versionPath(base: Base, identity: CollectionIdentity): string {
  return `${versionsPath(base, identity)}${encodeURIComponent(identity.version)}/`;
}

export function writeCollection(base: Base, collection: Collection) {
  return {
    href: collectionPath(base, collection),
    namespace: collection.namespace,
    name: collection.name,
    deprecated: false,
    versions_url: versionsPath(base, collection),
    highest_version: {
      href: versionPath(base, { ...collection, version: collection.highestVersion }),
      version: collection.highestVersion,
    },
    created_at: time(collection.createdAt),
    updated_at: time(collection.updatedAt),
  };
}

export function writeVersionSummary(base: Base, version: CollectionVersionSummary) {
  return {
    version: version.version,
    href: versionPath(base, version),
    created_at: time(version.createdAt),
    updated_at: time(version.createdAt),
    requires_ansible: version.requiresAnsible,
    marks: [],
  };
}

export function writeVersion(base: Base, version: CollectionVersion) {
  const { manifest, namespace, name } = version;
  const filename = artifactName(version);
  return {
    ...writeVersionSummary(base, version),
    artifact: { filename, sha256: version.sha256, size: version.size },
    collection: { id: `${namespace}.${name}`, name, href: collectionPath(base, version) },
    // The client asks for this URL as it stands and sends its Authorization there, so it leads straight to the bytes (facts §3.5).
    download_url: `${base.origin}${base.path}/v3/artifacts/collections/${encodeURIComponent(filename)}`,
    name,
    namespace: { name: namespace, metadata_sha256: null },
    signatures: [],
    metadata: {
      authors: manifest.authors,
      contents: [],
      dependencies: manifest.dependencies,
      description: manifest.description,
      documentation: manifest.documentation,
      homepage: manifest.homepage,
      issues: manifest.issues,
      license: manifest.license,
      repository: manifest.repository,
      tags: manifest.tags,
    },
    git_url: null,
    git_commit_sha: null,
    manifest: JSON.parse(version.manifestJson) as unknown,
    files: JSON.parse(version.filesJson) as unknown,
  };
}

export function importPath(base: Base, id: string): string {
  return `${base.path}/v3/imports/collections/${id}/`;
}

export function writeImport(record: CollectionImport) {
  return {
    id: record.id,
    namespace: record.namespace,
    name: record.name,
    version: record.version,
    state: record.state,
    created_at: time(record.createdAt),
    updated_at: time(record.finishedAt),
    started_at: time(record.startedAt),
    finished_at: time(record.finishedAt),
    error: record.error,
    messages: record.messages.map(({ level, message, at }) => ({ level, message, time: at / 1000 })),
  };
}

/** The account as galaxy_ng's `_ui/v1/me/` shows it. Grants have no counterpart there and are not told. */
export function writeMe(account: Account) {
  return {
    id: account.number,
    username: account.username,
    first_name: account.displayName ?? "",
    last_name: "",
    email: account.email ?? "",
    groups: [],
    is_superuser: account.role === "admin",
    is_anonymous: false,
    auth_provider: ["django"],
    model_permissions: {},
  };
}

function time(moment: number): string {
  return new Date(moment).toISOString();
}
