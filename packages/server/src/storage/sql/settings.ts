import type { Kysely } from "kysely";
import type { SettingWrites } from "../../core/store.ts";
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
