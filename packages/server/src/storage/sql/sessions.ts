import type { Kysely, Selectable } from "kysely";
import type { SessionWrites } from "../../core/account/ports.ts";
import type { Session } from "../../core/account/session.ts";
import type { Digest } from "../../core/secret/keyring.ts";
import { namedQuery } from "./batch/row-sets.ts";
import { HotQuery } from "./hot-query.ts";
import type { Database } from "./schema.ts";

const sessionByDigest = new HotQuery<Selectable<Database["sessions"]>>((db) =>
  db.selectFrom("sessions").selectAll().where("digest", "=", new Uint8Array()),
);

const sessionsByIds = namedQuery(
  "sessions-by-id",
  `select id, account_id, fresh_at, created_at, expires_at, address, agent, external_sid
    from sessions where id = any($1::text[])`,
);

function readSession(row: Selectable<Database["sessions"]>): Session {
  return {
    id: row.id,
    accountId: row.account_id,
    freshAt: row.fresh_at,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    address: row.address,
    agent: row.agent,
    externalSid: row.external_sid,
  };
}

export class SqlSessions implements SessionWrites {
  readonly #db: Kysely<Database>;

  constructor(db: Kysely<Database>) {
    this.#db = db;
  }

  async findByDigest(digest: Digest): Promise<Session | null> {
    const row = await sessionByDigest.first(this.#db, [digest.bytes]);
    return row ? readSession(row) : null;
  }

  async findById(id: string): Promise<Session | null> {
    const row = await this.#db.selectFrom("sessions").selectAll().where("id", "=", id).executeTakeFirst();
    return row ? readSession(row) : null;
  }

  /** For databases that take arrays. */
  async findAllById(ids: readonly string[]): Promise<readonly Session[]> {
    const { rows } = await this.#db.executeQuery(sessionsByIds([ids]));
    return (rows as Selectable<Database["sessions"]>[]).map(readSession);
  }

  async listOf(
    accountId: string,
    { now, before, limit }: { now: number; before?: string | undefined; limit: number },
  ): Promise<readonly Session[]> {
    let query = this.#db
      .selectFrom("sessions")
      .selectAll()
      .where("account_id", "=", accountId)
      .where("expires_at", ">", now)
      .orderBy("id", "desc")
      .limit(limit);
    if (before !== undefined) {
      query = query.where("id", "<", before);
    }
    return (await query.execute()).map(readSession);
  }

  async insert(session: Session, digest: Digest): Promise<void> {
    await this.#db
      .insertInto("sessions")
      .values({
        id: session.id,
        digest: digest.bytes,
        account_id: session.accountId,
        fresh_at: session.freshAt,
        created_at: session.createdAt,
        expires_at: session.expiresAt,
        address: session.address,
        agent: session.agent,
        external_sid: session.externalSid,
      })
      .execute();
  }

  async remove(id: string): Promise<boolean> {
    const result = await this.#db.deleteFrom("sessions").where("id", "=", id).executeTakeFirst();
    return result.numDeletedRows > 0n;
  }

  async removeExternal(sid: string): Promise<readonly string[]> {
    const rows = await this.#db
      .deleteFrom("sessions")
      .where("external_sid", "=", sid)
      .returning("account_id")
      .execute();
    return rows.map(({ account_id }) => account_id);
  }

  async removeOfAccount(accountId: string): Promise<void> {
    await this.#db.deleteFrom("sessions").where("account_id", "=", accountId).execute();
  }

  async removeOwn(accountId: string, id: string): Promise<boolean> {
    const result = await this.#db
      .deleteFrom("sessions")
      .where("account_id", "=", accountId)
      .where("id", "=", id)
      .executeTakeFirst();
    return result.numDeletedRows > 0n;
  }

  async removeOthers(accountId: string, keptId: string | null): Promise<number> {
    let query = this.#db.deleteFrom("sessions").where("account_id", "=", accountId);
    if (keptId !== null) {
      query = query.where("id", "<>", keptId);
    }
    return Number((await query.executeTakeFirst()).numDeletedRows);
  }

  async removeOldest(accountId: string, kept: number): Promise<number> {
    const result = await this.#db
      .deleteFrom("sessions")
      .where("account_id", "=", accountId)
      .where("id", "<", (inner) =>
        inner
          .selectFrom("sessions as newest")
          .select("newest.id")
          .where("newest.account_id", "=", accountId)
          .orderBy("newest.id", "desc")
          .limit(1)
          .offset(kept - 1),
      )
      .executeTakeFirst();
    return Number(result.numDeletedRows);
  }

  async removeExpired(now: number, limit: number): Promise<number> {
    const result = await this.#db
      .deleteFrom("sessions")
      .where("id", "in", (inner) =>
        inner.selectFrom("sessions").select("id").where("expires_at", "<=", now).limit(limit),
      )
      .executeTakeFirst();
    return Number(result.numDeletedRows);
  }
}
