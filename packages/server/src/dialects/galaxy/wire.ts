import type { Account } from "../../core/account/account.ts";
import { artifactName, type CollectionIdentity } from "../../core/collection/manifest.ts";
import type {
  Collection,
  CollectionImport,
  CollectionName,
  CollectionVersion,
  CollectionVersionSummary,
} from "../../core/collection/ports.ts";
import type { WireRequest } from "../../http/dialect.ts";

/** Where links lead: below the prefix that the request came by, to the repository that it asked. */
export interface Base {
  /** The prefix as clients see it: a proxy may serve the hub below another path. */
  readonly path: string;
  /** Scheme, host and port as clients are told them. */
  readonly origin: string;
  readonly repository: string;
}

export function baseAt(publicUrl: string, prefix: string, repository: string): Base {
  const { origin, pathname } = new URL(publicUrl);
  return { origin, path: `${pathname.replace(/\/+$/, "")}${prefix}`, repository };
}

export function readName(request: WireRequest): CollectionName {
  return { namespace: request.params.namespace ?? "", name: request.params.name ?? "" };
}

export function readIdentity(request: WireRequest): CollectionIdentity {
  return { ...readName(request), version: request.params.version ?? "" };
}

/** pulp_ansible's one tree of a repository; the older paths of the original lead to it by redirects. */
export function repositoryPath(base: Base): string {
  return `${base.path}/v3/plugin/ansible/content/${base.repository}/collections/`;
}

export function collectionsPath(base: Base): string {
  return `${repositoryPath(base)}index/`;
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

/** A version with its two texts, read as they are sent. */
export interface WholeVersion {
  readonly version: CollectionVersion;
  readonly manifestJson: AsyncIterable<string>;
  readonly filesJson: AsyncIterable<string>;
}

/**
 * The answer in pieces. Manifest and file list are JSON already, megabytes of it, and are passed on as they
 * were stored: to parse them and write them out again, or to send them at once, would hold the event loop.
 */
export async function* writeVersion(base: Base, whole: WholeVersion): AsyncGenerator<string> {
  const text = JSON.stringify(describeVersion(base, whole.version));
  yield `${text.slice(0, -1)},"manifest":`;
  yield* whole.manifestJson;
  yield ',"files":';
  yield* whole.filesJson;
  yield "}";
}

function describeVersion(base: Base, version: CollectionVersion) {
  const { manifest, namespace, name } = version;
  const filename = artifactName(version);
  return {
    ...writeVersionSummary(base, version),
    artifact: { filename, sha256: version.sha256, size: version.size },
    collection: { id: `${namespace}.${name}`, name, href: collectionPath(base, version) },
    // ansible-galaxy sends its Authorization to this URL and to no redirect of it, so it leads straight to
    // the bytes.
    download_url: `${base.origin}${repositoryPath(base)}artifacts/${encodeURIComponent(filename)}`,
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
      tags: [...manifest.tags].sort(),
    },
    git_url: null,
    git_commit_sha: null,
  };
}

/**
 * Up to 2.19 ansible-core takes the last segment as id and asks below its own root; 2.22 joins the whole to
 * the host.
 */
export function importPath(base: Base, id: string): string {
  return `${base.path}/v3/imports/collections/${id}/`;
}

export function taskPath(base: Base, id: string): string {
  return `${base.path}/v3/tasks/${id}/`;
}

/** A task is finished when it is first asked for: collections are published and removed at once. */
export function writeTask(base: Base, { id, createdAt, finishedAt }: TaskTimes) {
  return {
    pulp_href: `${base.path}/pulp/api/v3/tasks/${id}/`,
    pulp_created: time(createdAt),
    state: "completed",
    started_at: time(createdAt),
    finished_at: time(finishedAt),
    error: null,
  };
}

export interface TaskTimes {
  readonly id: string;
  readonly createdAt: number;
  readonly finishedAt: number;
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
    date_joined: time(account.createdAt),
    is_superuser: account.role === "admin",
    is_anonymous: false,
    auth_provider: ["django"],
    model_permissions: {},
  };
}

/** With microseconds, as Django REST framework writes it. */
export function time(moment: number): string {
  return new Date(moment).toISOString().replace("Z", "000Z");
}
