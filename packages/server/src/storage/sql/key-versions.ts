import { CompiledQuery, type Kysely } from "kysely";
import type { Credential } from "../../core/credential/credential.ts";
import type { KeyVersionUse, KeyVersionWrites, StoredSeal } from "../../core/master-key/ports.ts";
import type { Digest } from "../../core/secret/keyring.ts";
import { readCredential, toBuffer } from "./credential-rows.ts";
import type { SqlFlavour } from "./flavour.ts";
import { ANY_KEY } from "./open-options.ts";
import type { Database } from "./schema.ts";

interface SealedColumn {
  readonly table: string;
  readonly column: string;
  readonly id: string;
  /** The text that the value is bound to, by the id of its row; as the code that seals it has it. */
  readonly context: (id: string) => string;
}

/**
 * Every column that holds sealed values. A test compares it with the columns whose name begins with
 * `sealed_`. @internal exported for tests
 */
export const SEALED_COLUMNS: readonly SealedColumn[] = [
  { table: "credentials", column: "sealed_secret", id: "id", context: (id) => `credential/${id}` },
  { table: "signing_keys", column: "sealed_private", id: "id", context: (id) => `signing-key/${id}` },
  { table: "audit_keys", column: "sealed_key", id: "id", context: (id) => `audit-key/${id}` },
  { table: "webhooks", column: "sealed_secret", id: "id", context: (id) => `webhook/${id}` },
  { table: "webhooks", column: "sealed_former", id: "id", context: (id) => `webhook/${id}` },
  {
    table: "external_links",
    column: "sealed_refresh",
    id: "account_id",
    context: (id) => `external-link/${id}`,
  },
];

export class SqlKeyVersions implements KeyVersionWrites {
  readonly #db: Kysely<Database>;
  readonly #flavour: SqlFlavour;

  constructor(db: Kysely<Database>, flavour: SqlFlavour) {
    this.#db = db;
    this.#flavour = flavour;
  }

  async uses(): Promise<readonly KeyVersionUse[]> {
    const digests = await this.#query<{ version: number; kind: string; n: number }>(
      "select digest_key_version as version, kind, count(*) as n from credentials where ended_at is null group by digest_key_version, kind",
    );
    const clients = await this.#query<{ version: number; id: string }>(
      "select secret_key_version as version, id from oauth_clients where secret_digest is not null order by id",
    );
    const seals = await this.#countSeals();
    const versions = new Set([...digests, ...clients, ...seals].map(({ version }) => Number(version)));
    return [...versions]
      .sort((a, b) => a - b)
      .map((version) => ({
        version,
        credentials: Object.fromEntries(
          digests.filter((row) => row.version === version).map(({ kind, n }) => [kind, Number(n)]),
        ),
        clients: clients.filter((row) => row.version === version).map(({ id }) => id),
        sealed: seals.filter((row) => row.version === version).reduce((sum, { n }) => sum + n, 0),
      }));
  }

  async sealedUnderOther(version: number, limit: number): Promise<readonly StoredSeal[]> {
    const seals: StoredSeal[] = [];
    for (const { table, column, id, context } of SEALED_COLUMNS) {
      const rows = await this.#query<{ id: string; sealed: Uint8Array }>(
        `select ${id} as id, ${column} as sealed from ${table}
         where ${column} is not null and substr(${column}, 1, 1) <> ${this.#place(1, this.#flavour.bytes)} limit ${limit - seals.length}`,
        [Buffer.from([version])],
      );
      seals.push(
        ...rows.map((row) => ({
          place: `${table}.${column}`,
          id: row.id,
          context: context(row.id),
          sealed: toBuffer(row.sealed),
        })),
      );
      if (seals.length >= limit) {
        break;
      }
    }
    return seals;
  }

  async credentialsUnder(version: number, limit: number): Promise<readonly Credential[]> {
    const rows = await this.#db
      .selectFrom("credentials")
      .selectAll()
      .where("ended_at", "is", null)
      .where("digest_key_version", "=", version)
      .limit(limit)
      .execute();
    return rows.map(readCredential);
  }

  async isKnownToNodes(version: number): Promise<boolean> {
    if (!this.#flavour.locksRows) {
      return true;
    }
    // A node of an earlier version says nothing, and knows the first key alone.
    const rows = await this.#query<{ versions: string }>(
      `select coalesce(key_versions, '1') as versions from nodes
       where seen_at > (extract(epoch from clock_timestamp()) * 1000)::bigint - ${LIVING_MS}`,
    );
    return rows.every(({ versions }) =>
      [String(version), ANY_KEY].some((known) => versions.split(",").includes(known)),
    );
  }

  async replace({ place, id, sealed: former }: StoredSeal, sealed: Buffer): Promise<void> {
    const at = SEALED_COLUMNS.find(({ table, column }) => `${table}.${column}` === place);
    if (at) {
      const bytes = this.#flavour.bytes;
      await this.#query(
        `update ${at.table} set ${at.column} = ${this.#place(1, bytes)}
         where ${at.id} = ${this.#place(2, "text")} and ${at.column} = ${this.#place(3, bytes)}`,
        [sealed, id, former],
      );
    }
  }

  async moveCredential(id: string, former: Digest, digest: Digest): Promise<boolean> {
    const result = await this.#db
      .updateTable("credentials")
      .set({ digest: digest.bytes, digest_key_version: digest.keyVersion })
      .where("id", "=", id)
      .where("digest", "=", former.bytes)
      .executeTakeFirst();
    return result.numUpdatedRows > 0n;
  }

  async moveClient(id: string, former: Digest, digest: Digest): Promise<boolean> {
    const result = await this.#db
      .updateTable("oauth_clients")
      .set({ secret_digest: digest.bytes.toString("hex"), secret_key_version: digest.keyVersion })
      .where("id", "=", id)
      .where("secret_digest", "=", former.bytes.toString("hex"))
      .executeTakeFirst();
    return result.numUpdatedRows > 0n;
  }

  async endClientSecret(id: string): Promise<void> {
    await this.#db
      .updateTable("oauth_clients")
      .set({ secret_digest: null, secret_key_version: null })
      .where("id", "=", id)
      .execute();
  }

  async #countSeals(): Promise<readonly { readonly version: number; readonly n: number }[]> {
    const counts: { version: number; n: number }[] = [];
    for (const { table, column } of SEALED_COLUMNS) {
      const rows = await this.#query<{ head: Uint8Array; n: number }>(
        `select substr(${column}, 1, 1) as head, count(*) as n from ${table} where ${column} is not null group by 1`,
      );
      counts.push(...rows.map(({ head, n }) => ({ version: head[0] ?? 0, n: Number(n) })));
    }
    return counts;
  }

  #place(position: number, type: string): string {
    return this.#flavour.placeholder(position, type);
  }

  async #query<Row>(statement: string, values: readonly unknown[] = []): Promise<readonly Row[]> {
    return (await this.#db.executeQuery<Row>(CompiledQuery.raw(statement, [...values]))).rows;
  }
}

/** As long as the table of nodes counts a silent one as active. */
const LIVING_MS = 10_000;
