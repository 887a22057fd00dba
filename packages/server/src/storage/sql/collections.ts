import { type Kysely, sql } from "kysely";
import type { CollectionIdentity, CollectionManifest } from "../../core/collection/manifest.ts";
import type {
  Collection,
  CollectionImport,
  CollectionName,
  CollectionTexts,
  CollectionVersion,
  CollectionVersionSummary,
  CollectionWrites,
  ImportState,
  Namespace,
  NamespaceWords,
  PageOf,
  VersionFilter,
  VersionPage,
  VersionPlace,
} from "../../core/collection/ports.ts";
import { isPrerelease, orderKey, parseVersion } from "../../core/collection/semver.ts";
import { invariant } from "../../core/errors.ts";
import { nextTurn } from "../../core/turn.ts";
import { rangesOf } from "./collection-ranges.ts";
import type { CollectionImportsTable, CollectionVersionsTable, Database, NamespacesTable } from "./schema.ts";

const SUMMARY = [
  "id",
  "namespace",
  "name",
  "version",
  "sha256",
  "size",
  "requires_ansible",
  "created_at",
] as const;

const nextNumber = sql<number>`(select coalesce(max(number), 0) + 1 from namespaces)`;

/** Versions that are read at once; a collection with more is read whole. */
const VERSIONS_AT_ONCE = 2_000;

const NO_WORDS: NamespaceWords = {
  company: "",
  email: "",
  avatarUrl: "",
  description: "",
  resources: "",
  links: [],
};

/** Every column but the two texts. */
const VERSION = [...SUMMARY, "manifest", "published_by"] as const;
const TEXT_COLUMNS = { manifestJson: "manifest_json", filesJson: "files_json" } as const;

export class SqlCollections implements CollectionWrites {
  readonly #db: Kysely<Database>;

  constructor(db: Kysely<Database>) {
    this.#db = db;
  }

  async findVersion({ namespace, name, version }: CollectionIdentity): Promise<CollectionVersion | null> {
    const row = await this.#db
      .selectFrom("collection_versions")
      .select(VERSION)
      .where("namespace", "=", namespace)
      .where("name", "=", name)
      .where("version", "=", version)
      .executeTakeFirst();
    return row ? versionOf(row) : null;
  }

  async readText(
    { namespace, name, version }: CollectionIdentity,
    {
      of,
      from,
      length,
    }: { readonly of: keyof CollectionTexts; readonly from: number; readonly length: number },
  ): Promise<string | null> {
    const column = sql.ref(TEXT_COLUMNS[of]);
    const row = await this.#db
      .selectFrom("collection_versions")
      .select(sql<string>`substr(${column}, ${sql.lit(from + 1)}, ${sql.lit(length)})`.as("piece"))
      .where("namespace", "=", namespace)
      .where("name", "=", name)
      .where("version", "=", version)
      .executeTakeFirst();
    return row?.piece ?? null;
  }

  async findVersions(ids: readonly string[]): Promise<readonly CollectionVersion[]> {
    if (ids.length === 0) {
      return [];
    }
    const rows = await this.#db
      .selectFrom("collection_versions")
      .select(VERSION)
      .where("id", "in", ids)
      .execute();
    const byId = new Map(rows.map((row) => [row.id, versionOf(row)]));
    return ids.map((id) => byId.get(id)).filter((version) => version !== undefined);
  }

  async listVersions(
    { namespace, name }: CollectionName,
    { limit, offset, order = "highest", only, except }: VersionPage,
  ): Promise<PageOf<CollectionVersionSummary>> {
    const all = this.#db
      .selectFrom("collection_versions")
      .where("namespace", "=", namespace)
      .where("name", "=", name)
      .$if(only !== undefined, (query) => query.where("version", "=", only ?? ""))
      .$if(except !== undefined, (query) => query.where("version", "<>", except ?? ""));
    const direction = order === "highest" || order === "newest" ? "desc" : "asc";
    const rows = await all
      .select(SUMMARY)
      .orderBy(order === "newest" || order === "oldest" ? "created_at" : "version_order", direction)
      .orderBy("version", direction)
      .limit(limit)
      .offset(offset)
      .execute();
    const total = await all.select((eb) => eb.fn.countAll().as("count")).executeTakeFirstOrThrow();
    return { items: rows.map(summaryOf), count: Number(total.count) };
  }

  async versionPlaces({
    namespace,
    name,
    version,
    isHighest,
  }: VersionFilter): Promise<readonly VersionPlace[]> {
    const counts = await this.#versionsOf({ namespace, name })
      .select((eb) => ["namespace", "name", eb.fn.countAll<number>().as("count")])
      .groupBy(["namespace", "name"])
      .orderBy("namespace")
      .orderBy("name")
      .execute();
    const places: VersionPlace[] = [];
    for (const range of rangesOf(counts, VERSIONS_AT_ONCE)) {
      const found = await this.#placesBetween(range);
      places.push(
        ...found
          .filter((place) => version === undefined || place.version === version)
          .filter((place) => isHighest === undefined || place.isHighest === isHighest),
      );
      await nextTurn();
    }
    return places;
  }

  #versionsOf({ namespace, name }: Pick<VersionFilter, "namespace" | "name">) {
    return this.#db
      .selectFrom("collection_versions")
      .$if(namespace !== undefined, (query) => query.where("namespace", "=", namespace ?? ""))
      .$if(name !== undefined, (query) => query.where("name", "=", name ?? ""));
  }

  /** The versions of the collections from the first to the last, those included. */
  async #placesBetween(range: readonly CollectionName[]): Promise<readonly VersionPlace[]> {
    const [first, last] = [range[0], range.at(-1)];
    const rows = await this.#db
      .selectFrom("collection_versions")
      .select(["id", "namespace", "name", "version", "created_at", "prerelease"])
      .where(sql<boolean>`(namespace, name) >= (${first?.namespace ?? ""}, ${first?.name ?? ""})`)
      .where(sql<boolean>`(namespace, name) <= (${last?.namespace ?? ""}, ${last?.name ?? ""})`)
      .orderBy("namespace")
      .orderBy("name")
      .orderBy("version_order", "desc")
      .orderBy("version", "desc")
      .execute();
    const wanted = new Set(range.map((of) => `${of.namespace}.${of.name}`));
    const highest = new Map<string, string>();
    for (const prerelease of [0, 1]) {
      for (const row of rows.filter((each) => each.prerelease === prerelease)) {
        const collection = `${row.namespace}.${row.name}`;
        highest.set(collection, highest.get(collection) ?? row.id);
      }
    }
    return rows
      .filter((row) => wanted.has(`${row.namespace}.${row.name}`))
      .map((row) => ({
        id: row.id,
        namespace: row.namespace,
        name: row.name,
        version: row.version,
        createdAt: row.created_at,
        isHighest: highest.get(`${row.namespace}.${row.name}`) === row.id,
      }));
  }

  async collectionNames(namespace?: string): Promise<readonly CollectionName[]> {
    const rows = await this.#db
      .selectFrom("collection_versions")
      .$if(namespace !== undefined, (query) => query.where("namespace", "=", namespace ?? ""))
      .select((eb) => ["namespace", "name", eb.fn.min("created_at").as("created_at")])
      .groupBy(["namespace", "name"])
      .execute();
    return rows
      .sort((a, b) => Number(b.created_at) - Number(a.created_at) || byName(a, b))
      .map(({ namespace, name }) => ({ namespace, name }));
  }

  async findCollections(names: readonly CollectionName[]): Promise<readonly Collection[]> {
    if (names.length === 0) {
      return [];
    }
    const rows = await this.#db
      .selectFrom("collection_versions as all")
      .where((eb) =>
        eb.or(
          names.map((of) => eb.and([eb("all.namespace", "=", of.namespace), eb("all.name", "=", of.name)])),
        ),
      )
      .groupBy(["all.namespace", "all.name"])
      .select((eb) => [
        "all.namespace",
        "all.name",
        eb.fn.min("all.created_at").as("created_at"),
        eb.fn.max("all.created_at").as("updated_at"),
        eb
          .selectFrom("collection_versions as own")
          .select("own.version")
          .whereRef("own.namespace", "=", "all.namespace")
          .whereRef("own.name", "=", "all.name")
          .orderBy("own.prerelease")
          .orderBy("own.version_order", "desc")
          .orderBy("own.version", "desc")
          .limit(1)
          .as("highest_version"),
      ])
      .execute();
    return rows
      .map((row) => ({
        namespace: row.namespace,
        name: row.name,
        highestVersion: row.highest_version ?? "",
        createdAt: Number(row.created_at),
        updatedAt: Number(row.updated_at),
      }))
      .sort((a, b) => placeIn(names, a) - placeIn(names, b));
  }

  async findImport(id: string): Promise<CollectionImport | null> {
    const row = await this.#db
      .selectFrom("collection_imports")
      .selectAll()
      .where("id", "=", id)
      .executeTakeFirst();
    return row ? importOf(row) : null;
  }

  async hasArtifact(sha256: string): Promise<boolean> {
    const row = await this.#db
      .selectFrom("collection_versions")
      .select("id")
      .where("sha256", "=", sha256)
      .executeTakeFirst();
    return row !== undefined;
  }

  async insertVersion(version: CollectionVersion & CollectionTexts): Promise<CollectionVersion> {
    await this.#db
      .insertInto("collection_versions")
      .values(rowOf(version))
      .onConflict((conflict) => conflict.columns(["namespace", "name", "version"]).doNothing())
      .execute();
    const standing = await this.findVersion(version);
    invariant(standing, "a version exists after it was inserted or found in the way");
    await this.insertNamespace(version.namespace, NO_WORDS, version.createdAt);
    return standing;
  }

  async removeVersion({ namespace, name, version }: CollectionIdentity): Promise<boolean> {
    const { numDeletedRows } = await this.#db
      .deleteFrom("collection_versions")
      .where("namespace", "=", namespace)
      .where("name", "=", name)
      .where("version", "=", version)
      .executeTakeFirst();
    return numDeletedRows > 0n;
  }

  async listNamespaces({ after, limit }: { readonly after: string; readonly limit: number }) {
    const query = this.#db.selectFrom("namespaces").selectAll().where("name", ">", after);
    return (await query.orderBy("name").limit(limit).execute()).map(namespaceOf);
  }

  async findNamespace(name: string): Promise<Namespace | null> {
    const row = await this.#db
      .selectFrom("namespaces")
      .selectAll()
      .where("name", "=", name)
      .executeTakeFirst();
    return row ? namespaceOf(row) : null;
  }

  async insertNamespace(name: string, words: NamespaceWords, createdAt: number): Promise<boolean> {
    const inserted = await this.#db
      .insertInto("namespaces")
      .values({ name, number: nextNumber, words: JSON.stringify(words), created_at: createdAt })
      .onConflict((conflict) => conflict.column("name").doNothing())
      .returning("name")
      .executeTakeFirst();
    return inserted !== undefined;
  }

  async updateNamespace(name: string, words: Partial<NamespaceWords>): Promise<void> {
    const standing = await this.findNamespace(name);
    invariant(standing, "a namespace exists while it is changed");
    const { name: _name, number: _number, createdAt: _createdAt, ...before } = standing;
    await this.#db
      .updateTable("namespaces")
      .set({ words: JSON.stringify({ ...before, ...words }) })
      .where("name", "=", name)
      .execute();
  }

  async removeNamespace(name: string): Promise<void> {
    await this.#db.deleteFrom("namespaces").where("name", "=", name).execute();
  }

  async insertImport(record: CollectionImport): Promise<void> {
    await this.#db
      .insertInto("collection_imports")
      .values({
        id: record.id,
        account_id: record.accountId,
        namespace: record.namespace,
        name: record.name,
        version: record.version,
        state: record.state,
        created_at: record.createdAt,
        started_at: record.startedAt,
        finished_at: record.finishedAt,
        error: record.error === null ? null : JSON.stringify(record.error),
        messages: JSON.stringify(record.messages),
      })
      .execute();
  }

  async purgeImportsBefore(moment: number): Promise<void> {
    await this.#db.deleteFrom("collection_imports").where("created_at", "<", moment).execute();
  }
}

function placeIn(names: readonly CollectionName[], of: CollectionName): number {
  return names.findIndex(({ namespace, name }) => namespace === of.namespace && name === of.name);
}

// Not by the database: its order of `_` and letters depends on its locale.
function byName(a: CollectionName, b: CollectionName): number {
  const [left, right] = [`${a.namespace}.${a.name}`, `${b.namespace}.${b.name}`];
  return left < right ? -1 : left > right ? 1 : 0;
}

function summaryOf(row: Pick<CollectionVersionsTable, (typeof SUMMARY)[number]>): CollectionVersionSummary {
  return {
    id: row.id,
    namespace: row.namespace,
    name: row.name,
    version: row.version,
    sha256: row.sha256,
    size: row.size,
    requiresAnsible: row.requires_ansible,
    createdAt: row.created_at,
  };
}

function versionOf(row: Pick<CollectionVersionsTable, (typeof VERSION)[number]>): CollectionVersion {
  return {
    ...summaryOf(row),
    manifest: JSON.parse(row.manifest) as CollectionManifest,
    publishedBy: row.published_by,
  };
}

function rowOf(version: CollectionVersion & CollectionTexts): CollectionVersionsTable {
  const parsed = parseVersion(version.version);
  invariant(parsed, "a published version is a semantic version");
  return {
    id: version.id,
    namespace: version.namespace,
    name: version.name,
    version: version.version,
    sha256: version.sha256,
    size: version.size,
    requires_ansible: version.requiresAnsible,
    manifest: JSON.stringify(version.manifest),
    manifest_json: version.manifestJson,
    files_json: version.filesJson,
    published_by: version.publishedBy,
    created_at: version.createdAt,
    prerelease: isPrerelease(parsed) ? 1 : 0,
    version_order: Buffer.from(orderKey(parsed)),
  };
}

function namespaceOf(row: NamespacesTable): Namespace {
  return {
    ...(JSON.parse(row.words) as NamespaceWords),
    name: row.name,
    number: row.number,
    createdAt: row.created_at,
  };
}

function importOf(row: CollectionImportsTable): CollectionImport {
  return {
    id: row.id,
    accountId: row.account_id,
    namespace: row.namespace,
    name: row.name,
    version: row.version,
    state: row.state as ImportState,
    createdAt: row.created_at,
    startedAt: row.started_at,
    finishedAt: row.finished_at,
    error: row.error === null ? null : (JSON.parse(row.error) as CollectionImport["error"]),
    messages: JSON.parse(row.messages) as CollectionImport["messages"],
  };
}
