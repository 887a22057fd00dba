import { type Kysely, sql } from "kysely";
import type { Credential, CredentialEnd } from "../../core/credential/credential.ts";
import type { Kind } from "../../core/credential/kinds.ts";
import { NEWEST_FIRST } from "../../core/credential/order.ts";
import type {
  CredentialChange,
  CredentialFilter,
  CredentialsOf,
  CredentialWrites,
  Ended,
} from "../../core/credential/ports.ts";
import type { Digest } from "../../core/secret/keyring.ts";
import type { CredentialUse } from "../../core/usage/ports.ts";
import { namedQuery } from "./batch/row-sets.ts";
import { filtered } from "./credential-filters.ts";
import { IDLE_DEADLINE, ordered } from "./credential-order.ts";
import {
  CREDENTIAL_COLUMNS,
  changeColumns,
  insertCredential,
  readCredential,
  writeCredential,
} from "./credential-rows.ts";
import type { SqlFlavour } from "./flavour.ts";
import { HotQuery } from "./hot-query.ts";
import { inRows } from "./many-rows.ts";
import type { CredentialsTable, Database } from "./schema.ts";

const byDigest = new HotQuery<CredentialsTable>((db) =>
  db.selectFrom("credentials").selectAll().where("digest", "=", new Uint8Array()),
);
const byId = new HotQuery<CredentialsTable>((db) =>
  db.selectFrom("credentials").selectAll().where("id", "=", ""),
);
const byIds = namedQuery(
  "credentials-by-id",
  `select ${Object.keys(CREDENTIAL_COLUMNS).join(", ")} from credentials where id = any($1::text[])`,
);
const countsWithoutEnd = namedQuery(
  "credentials-of-owners",
  `select asked.id, (select count(*) from
      (select 1 from credentials where owner_id = asked.id and ended_at is null limit $2) as counted) as count
    from unnest($1::text[]) as asked(id)`,
);
const livingInSlot = new HotQuery<CredentialsTable>((db) =>
  db
    .selectFrom("credentials")
    .selectAll()
    .where("owner_id", "=", "")
    .where("slot", "=", "")
    .where("ended_at", "is", null)
    .orderBy("generation", "desc")
    .orderBy("id", "desc"),
);
const withoutEnd = new HotQuery<{ count: number }>((db) =>
  db
    .selectFrom((inner) =>
      inner
        .selectFrom("credentials")
        .select("id")
        .where("owner_id", "=", "")
        .where("ended_at", "is", null)
        .limit(1)
        .as("counted"),
    )
    .select((expression) => expression.fn.countAll<number>().as("count")),
);
const endLiving = new HotQuery<unknown>((db) =>
  db
    .updateTable("credentials")
    .set({ ended_at: 0, end_reason: "", end_note: "" })
    .set({ sealed_secret: sql`null` })
    .where("id", "=", "")
    .where("ended_at", "is", null),
);

export class SqlCredentials implements CredentialWrites {
  readonly #db: Kysely<Database>;
  readonly #flavour: SqlFlavour;

  constructor(db: Kysely<Database>, flavour: SqlFlavour) {
    this.#db = db;
    this.#flavour = flavour;
  }

  async findByDigest(digest: Digest): Promise<Credential | null> {
    const row = await byDigest.first(this.#db, [digest.bytes]);
    return row && row.digest_key_version === digest.keyVersion ? readCredential(row) : null;
  }

  async findById(id: string): Promise<Credential | null> {
    const row = await byId.first(this.#db, [id]);
    return row ? readCredential(row) : null;
  }

  async findInSlot(ownerId: string, slot: string): Promise<Credential | null> {
    const row = await livingInSlot.first(this.#db, [ownerId, slot]);
    return row ? readCredential(row) : null;
  }

  async allInSlot(ownerId: string, slot: string): Promise<readonly Credential[]> {
    return (await livingInSlot.run(this.#db, [ownerId, slot])).map(readCredential);
  }

  async list(filter: CredentialFilter): Promise<readonly Credential[]> {
    // Ids alone are sorted: the rows of a large account are long, and nearly all of them are not on the page.
    const query = ordered(
      filtered(this.#db.selectFrom("credentials").select("id"), filter, this.#flavour).limit(filter.limit),
      filter.order ?? NEWEST_FIRST,
      filter.after,
      this.#flavour,
    );
    const ids = (await query.execute()).map(({ id }) => id);
    const found = new Map((await this.#findAll(ids)).map((credential) => [credential.id, credential]));
    return ids.flatMap((id) => found.get(id) ?? []);
  }

  async count(filter: CredentialFilter): Promise<number> {
    const row = await this.#db
      .selectFrom(
        filtered(this.#db.selectFrom("credentials").select("id"), filter, this.#flavour)
          .limit(filter.limit)
          .as("counted"),
      )
      .select((expression) => expression.fn.countAll<number>().as("count"))
      .executeTakeFirstOrThrow();
    return Number(row.count);
  }

  listDigests(
    after: string,
    limit: number,
  ): Promise<readonly { readonly id: string; readonly digest: Uint8Array }[]> {
    return this.#db
      .selectFrom("credentials")
      .select(["id", "digest"])
      .where("id", ">", after)
      .orderBy("id")
      .limit(limit)
      .execute();
  }

  async listWithoutEnd(before: string | null, limit: number): Promise<readonly Credential[]> {
    const rows = await this.#db
      .selectFrom("credentials")
      .selectAll()
      .where("ended_at", "is", null)
      .$if(before !== null, (query) => query.where("id", "<", before))
      .orderBy("id", "desc")
      .limit(limit)
      .execute();
    return rows.map(readCredential);
  }

  async countOf(ownerId: string, now: number, limit: number): Promise<number> {
    const row = await this.#db
      .selectFrom((inner) =>
        inner
          .selectFrom("credentials")
          .select("id")
          .where("owner_id", "=", ownerId)
          .where("ended_at", "is", null)
          .where((each) => each.or([each("expires_at", "is", null), each("expires_at", ">", now)]))
          .limit(limit)
          .as("counted"),
      )
      .select((expression) => expression.fn.countAll<number>().as("count"))
      .executeTakeFirstOrThrow();
    return Number(row.count);
  }

  async hasRoom(ownerId: string, now: number, max: number): Promise<boolean> {
    return (await this.countOf(ownerId, now, max)) < max;
  }

  /** How many of an owner have no stored end, whatever their time; counts no further than `limit`. */
  async countWithoutEnd(ownerId: string, limit: number): Promise<number> {
    const rows = await withoutEnd.run(this.#db, [ownerId, limit]);
    return Number(rows[0]?.count ?? 0);
  }

  async countOlderThan(kinds: readonly Kind[], lifeMs: number, now: number): Promise<number> {
    const row = await this.#db
      .selectFrom("credentials")
      .select((expression) => expression.fn.countAll<number>().as("count"))
      .where("kind", "in", kinds)
      .where("ended_at", "is", null)
      .where("created_at", "<=", now - lifeMs)
      .where((expression) =>
        expression.or([expression("expires_at", "is", null), expression("expires_at", ">", now)]),
      )
      .executeTakeFirstOrThrow();
    return Number(row.count);
  }

  async insert(
    credential: Credential,
    life: { slot: string | null; expiresOwn: boolean; idleOwn: boolean },
  ): Promise<void> {
    await this.#db.executeQuery(insertCredential(this.#flavour, writeCredential(credential, life)));
  }

  async end(id: string, end: CredentialEnd): Promise<boolean> {
    return (await endLiving.change(this.#db, [end.at, end.reason, end.note, id])) > 0;
  }

  async change(id: string, change: CredentialChange): Promise<void> {
    await this.#db.updateTable("credentials").set(changeColumns(change)).where("id", "=", id).execute();
  }

  async setEndNote(id: string, note: string): Promise<void> {
    await this.#db
      .updateTable("credentials")
      .set({ end_note: note })
      .where("id", "=", id)
      .where("ended_at", "is not", null)
      .execute();
  }

  async endWhere(filter: CredentialsOf, end: CredentialEnd, limit: number): Promise<readonly Ended[]> {
    const { kind, ...whose } = filter;
    if (Object.values(whose).every((value) => value === undefined)) {
      return [];
    }
    let query = this.#db
      .selectFrom("credentials")
      .select(["id", "kind", "owner_id", "hint", "title"])
      .where("ended_at", "is", null)
      .limit(limit);
    for (const [column, value] of [
      ["owner_id", whose.ownerId],
      ["kind", kind],
      ["instance", whose.instance],
      ["client_id", whose.clientId],
    ] as const) {
      query = value === undefined ? query : query.where(column, "=", value);
    }
    const rows = await query.execute();
    if (rows.length > 0) {
      const ids = rows.map(({ id }) => id);
      await this.#db
        .updateTable("credentials")
        .set(endColumns(end))
        .where("id", "in", ids)
        .where("ended_at", "is", null)
        .execute();
    }
    return rows.map(({ id, kind: of, owner_id, hint, title }) => ({
      id,
      kind: of as Kind,
      ownerId: owner_id,
      hint,
      title,
    }));
  }

  async findLapsed(now: number, limit: number): Promise<readonly Credential[]> {
    const active = this.#db.selectFrom("credentials").select("id").where("ended_at", "is", null).limit(limit);
    // One query for each way to end: each has an index, which an `or` of the three would not use.
    const ways = await Promise.all([
      active.where("expires_at", "<=", now).execute(),
      active.where("idle_ms", "is not", null).where(IDLE_DEADLINE, "<=", now).execute(),
      active.where("rotation_ends_at", "<=", now).execute(),
    ]);
    const ids = [...new Set(ways.flat().map(({ id }) => id))].slice(0, limit);
    return this.#findAll(ids);
  }

  /** For databases that take arrays. */
  async findAllById(ids: readonly string[]): Promise<readonly Credential[]> {
    const { rows } = await this.#db.executeQuery(byIds([ids]));
    return (rows as CredentialsTable[]).map(readCredential);
  }

  /** As `countWithoutEnd`, of several owners; for databases that take arrays. */
  async countsWithoutEnd(ownerIds: readonly string[], limit: number): Promise<ReadonlyMap<string, number>> {
    const { rows } = await this.#db.executeQuery(countsWithoutEnd([ownerIds, limit]));
    return new Map((rows as { id: string; count: number }[]).map(({ id, count }) => [id, Number(count)]));
  }

  async #findAll(ids: readonly string[]): Promise<readonly Credential[]> {
    if (ids.length === 0) {
      return [];
    }
    const rows = await this.#db.selectFrom("credentials").selectAll().where("id", "in", ids).execute();
    return rows.map(readCredential);
  }

  async findRotationsDue(now: number, limit: number): Promise<readonly Credential[]> {
    const active = this.#db.selectFrom("credentials").select("id").where("ended_at", "is", null).limit(limit);
    // Two queries, each with an index: an `or` of the two conditions would read the whole table.
    const found = await Promise.all([
      active.where("rotation_check_at", "<=", now).execute(),
      active.where("rotation_ends_at", "<=", now).execute(),
    ]);
    const ids = [...new Set(found.flat().map(({ id }) => id))].slice(0, limit);
    return this.#findAll(ids);
  }

  async findThawsDue(now: number, limit: number): Promise<readonly Credential[]> {
    const rows = await this.#db
      .selectFrom("credentials")
      .selectAll()
      .where("ended_at", "is", null)
      .where("frozen_until", "<=", now)
      .limit(limit)
      .execute();
    return rows.map(readCredential);
  }

  async recordUses(uses: readonly { readonly id: string; readonly use: CredentialUse }[]): Promise<void> {
    await inRows(this.#db, this.#flavour, uses, {
      types: ["text", "bigint", "text", "text"],
      values: ({ id, use }) => [id, use.at, use.address, use.agent],
      statement: (rows) => `update credentials
        set last_used_at = used.column2, last_used_address = used.column3, last_used_agent = used.column4
        from (values ${rows}) as used
        where credentials.id = used.column1 and (last_used_at is null or last_used_at < used.column2)`,
    });
  }

  async reschedule(kind: Kind, lifeMs: number | null): Promise<void> {
    await this.#db
      .updateTable("credentials")
      .set({ expires_at: lifeMs === null ? null : sql<number>`created_at + ${sql.lit(lifeMs)}` })
      .where("kind", "=", kind)
      .where("ended_at", "is", null)
      .where("expires_own", "=", 0)
      .execute();
    if (lifeMs === null) {
      return;
    }
    // A credential that asked for its own expiry keeps it, unless the option is stricter.
    const latest = sql<number>`created_at + ${sql.lit(lifeMs)}`;
    await this.#db
      .updateTable("credentials")
      .set({ expires_at: latest })
      .where("kind", "=", kind)
      .where("ended_at", "is", null)
      .where("expires_own", "=", 1)
      .where("expires_at", ">", latest)
      .execute();
  }

  async setIdle(kind: Kind, idleMs: number | null): Promise<void> {
    await this.#db
      .updateTable("credentials")
      .set({ idle_ms: idleMs })
      .where("kind", "=", kind)
      .where("ended_at", "is", null)
      .where("idle_own", "=", 0)
      .execute();
    if (idleMs === null) {
      return;
    }
    // As with `reschedule`: its own idle time stays, unless the option is stricter.
    await this.#db
      .updateTable("credentials")
      .set({ idle_ms: idleMs })
      .where("kind", "=", kind)
      .where("ended_at", "is", null)
      .where("idle_own", "=", 1)
      .where("idle_ms", ">", idleMs)
      .execute();
  }

  async eraseSealed(kind: Kind): Promise<number> {
    const result = await this.#db
      .updateTable("credentials")
      .set({ sealed_secret: null })
      .where("kind", "=", kind)
      .where("sealed_secret", "is not", null)
      .executeTakeFirst();
    return Number(result.numUpdatedRows);
  }

  async purgeEndedBefore(moment: number, limit: number): Promise<number> {
    const gone = await this.#db
      .selectFrom("credentials")
      .select("id")
      .where("ended_at", "<", moment)
      .limit(limit)
      .execute();
    if (gone.length === 0) {
      return 0;
    }
    const ids = gone.map(({ id }) => id);
    await this.#db.deleteFrom("credential_sources").where("credential_id", "in", ids).execute();
    const result = await this.#db.deleteFrom("credentials").where("id", "in", ids).executeTakeFirst();
    return Number(result.numDeletedRows);
  }
}

function endColumns(end: CredentialEnd) {
  return { ended_at: end.at, end_reason: end.reason, end_note: end.note, sealed_secret: null };
}
