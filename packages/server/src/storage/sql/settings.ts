import { type Kysely, sql } from "kysely";
import type { SettingWrites } from "../../core/store.ts";
import type { DailyUse, UsageWrites } from "../../core/usage/ports.ts";
import type { SqlFlavour } from "./flavour.ts";
import { inRows } from "./many-rows.ts";
import type { Database } from "./schema.ts";

export class SqlSettings implements SettingWrites {
  readonly #db: Kysely<Database>;

  constructor(db: Kysely<Database>) {
    this.#db = db;
  }

  async get(name: string): Promise<string | null> {
    const row = await this.#db
      .selectFrom("settings")
      .select("value")
      .where("name", "=", name)
      .executeTakeFirst();
    return row?.value ?? null;
  }

  async set(name: string, value: string): Promise<void> {
    await this.#db
      .insertInto("settings")
      .values({ name, value })
      .onConflict((conflict) => conflict.column("name").doUpdateSet({ value }))
      .execute();
  }

  async remove(name: string): Promise<void> {
    await this.#db.deleteFrom("settings").where("name", "=", name).execute();
  }
}

export class SqlUsage implements UsageWrites {
  readonly #db: Kysely<Database>;
  readonly #flavour: SqlFlavour;

  constructor(db: Kysely<Database>, flavour: SqlFlavour) {
    this.#db = db;
    this.#flavour = flavour;
  }

  async daily(credentialId: string, sinceDay: number): Promise<readonly DailyUse[]> {
    const rows = await this.#db
      .selectFrom("daily_uses")
      .selectAll()
      .where("credential_id", "=", credentialId)
      .where("day", ">=", sinceDay)
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

  async purgeDailyBefore(day: number, limit: number): Promise<number> {
    const { numAffectedRows } = await sql`delete from daily_uses where (credential_id, day) in
      (select credential_id, day from daily_uses where day < ${day} limit ${limit})`.execute(this.#db);
    return Number(numAffectedRows ?? 0);
  }
}
