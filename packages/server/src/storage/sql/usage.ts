import { type Kysely, sql } from "kysely";
import { addressKey } from "../../core/address/range.ts";
import {
  type DailyUse,
  type Door,
  SOURCES_MAX,
  type Sources,
  type UsageWrites,
  type UseSource,
} from "../../core/usage/ports.ts";
import type { SqlFlavour } from "./flavour.ts";
import { inRows } from "./many-rows.ts";
import type { CredentialSourcesTable, Database } from "./schema.ts";

/** Few enough for every database's limit of parameters. */
const IDS_MAX = 250;

export class SqlUsage implements UsageWrites {
  readonly #db: Kysely<Database>;
  readonly #flavour: SqlFlavour;

  constructor(db: Kysely<Database>, flavour: SqlFlavour) {
    this.#db = db;
    this.#flavour = flavour;
  }

  daily(credentialId: string, sinceDay: number): Promise<readonly DailyUse[]> {
    return this.dailyOf([credentialId], sinceDay);
  }

  async dailyOf(credentialIds: readonly string[], sinceDay: number): Promise<readonly DailyUse[]> {
    if (credentialIds.length === 0) {
      return [];
    }
    const rows = await this.#db
      .selectFrom("daily_uses")
      .selectAll()
      .where("credential_id", "in", credentialIds)
      .where("day", ">=", sinceDay)
      .orderBy("credential_id")
      .orderBy("day")
      .execute();
    return rows.map((row) => ({ credentialId: row.credential_id, day: row.day, count: row.count }));
  }

  async addDaily(uses: readonly DailyUse[]): Promise<void> {
    await inRows(this.#db, this.#flavour, uses, {
      types: ["text", "integer", "bigint"],
      values: ({ credentialId, day, count }) => [credentialId, day, count],
      statement: (rows) => `insert into daily_uses (credential_id, day, count) values ${rows}
        on conflict (credential_id, day) do update set count = daily_uses.count + excluded.count`,
    });
  }

  async sources(credentialId: string): Promise<Sources> {
    const rows = await this.#db
      .selectFrom("credential_sources")
      .selectAll()
      .where("credential_id", "=", credentialId)
      .orderBy("last_at", "desc")
      .orderBy("address")
      .limit(SOURCES_MAX)
      .execute();
    const row = await this.#db
      .selectFrom("credentials")
      .select("sources_dropped")
      .where("id", "=", credentialId)
      .executeTakeFirst();
    return { sources: rows.map(readSource), more: row?.sources_dropped ?? 0 };
  }

  async addSources(uses: readonly (UseSource & { readonly credentialId: string })[]): Promise<void> {
    await inRows(this.#db, this.#flavour, uses, {
      types: ["text", "text", "text", "text", "text", "bigint", "bigint", "bigint"],
      values: ({ credentialId, address, agent, door, firstAt, lastAt, uses: count }) => [
        credentialId,
        address ?? "",
        agent ?? "",
        door,
        address === null ? null : addressKey(address),
        firstAt,
        lastAt,
        count,
      ],
      statement: (rows) => `insert into credential_sources
        (credential_id, address, agent, door, address_key, first_at, last_at, uses) values ${rows}
        on conflict (credential_id, address, agent, door) do update set
          first_at = case when excluded.first_at < credential_sources.first_at
            then excluded.first_at else credential_sources.first_at end,
          last_at = case when excluded.last_at > credential_sources.last_at
            then excluded.last_at else credential_sources.last_at end,
          uses = credential_sources.uses + excluded.uses`,
    });
    await this.#keepToLimit([...new Set(uses.map(({ credentialId }) => credentialId))]);
  }

  /** Drops the least recently used sources beyond the limit, and counts them. */
  async #keepToLimit(ids: readonly string[]): Promise<void> {
    for (let from = 0; from < ids.length; from += IDS_MAX) {
      const full = await this.#db
        .selectFrom("credential_sources")
        .select(["credential_id", (row) => row.fn.countAll<number>().as("kept")])
        .where("credential_id", "in", ids.slice(from, from + IDS_MAX))
        .groupBy("credential_id")
        .having((row) => row.fn.countAll(), ">", SOURCES_MAX)
        .execute();
      for (const { credential_id: id, kept } of full) {
        await this.#dropOldest(id, Number(kept) - SOURCES_MAX);
      }
    }
  }

  async #dropOldest(id: string, count: number): Promise<void> {
    const oldest = await this.#db
      .selectFrom("credential_sources")
      .select(["address", "agent", "door"])
      .where("credential_id", "=", id)
      .orderBy("last_at")
      .orderBy("address")
      .limit(count)
      .execute();
    for (const { address, agent, door } of oldest) {
      await this.#db
        .deleteFrom("credential_sources")
        .where("credential_id", "=", id)
        .where("address", "=", address)
        .where("agent", "=", agent)
        .where("door", "=", door)
        .execute();
    }
    await this.#db
      .updateTable("credentials")
      .set({ sources_dropped: sql<number>`sources_dropped + ${oldest.length}` })
      .where("id", "=", id)
      .execute();
  }

  async purgeDailyBefore(day: number, limit: number): Promise<number> {
    const { numAffectedRows } = await sql`delete from daily_uses where (credential_id, day) in
      (select credential_id, day from daily_uses where day < ${day} limit ${limit})`.execute(this.#db);
    return Number(numAffectedRows ?? 0);
  }
}

function readSource(row: CredentialSourcesTable): UseSource {
  return {
    address: row.address === "" ? null : row.address,
    agent: row.agent === "" ? null : row.agent,
    door: row.door as Door,
    firstAt: row.first_at,
    lastAt: row.last_at,
    uses: row.uses,
  };
}
