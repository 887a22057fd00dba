import type { Kysely } from "kysely";
import type { DailyUse, SettingWrites, UsageWrites } from "../../core/ports.ts";
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
}

export class SqlUsage implements UsageWrites {
  readonly #db: Kysely<Database>;

  constructor(db: Kysely<Database>) {
    this.#db = db;
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

  async addDaily(use: DailyUse): Promise<void> {
    await this.#db
      .insertInto("daily_uses")
      .values({ credential_id: use.credentialId, day: use.day, count: use.count })
      .onConflict((conflict) =>
        conflict
          .columns(["credential_id", "day"])
          .doUpdateSet((row) => ({ count: row("daily_uses.count", "+", use.count) })),
      )
      .execute();
  }

  async purgeDailyBefore(day: number): Promise<void> {
    await this.#db.deleteFrom("daily_uses").where("day", "<", day).execute();
  }
}
