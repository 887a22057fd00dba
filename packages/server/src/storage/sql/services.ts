import type { Kysely } from "kysely";
import type { ServiceWrites, Steward } from "../../core/service/ports.ts";
import type { Database } from "./schema.ts";

export class SqlServices implements ServiceWrites {
  readonly #db: Kysely<Database>;

  constructor(db: Kysely<Database>) {
    this.#db = db;
  }

  async stewards(serviceId: string): Promise<readonly Steward[]> {
    const rows = await this.#db
      .selectFrom("service_stewards as steward")
      .innerJoin("accounts as account", "account.id", "steward.account_id")
      .select(["account.id", "account.username", "account.disabled", "account.suspended_at"])
      .where("steward.service_id", "=", serviceId)
      .orderBy("account.username_key")
      .execute();
    return rows.map((row) => ({
      accountId: row.id,
      username: row.username,
      disabled: row.disabled !== 0,
      suspended: row.suspended_at !== null,
    }));
  }

  async isSteward(serviceId: string, accountId: string): Promise<boolean> {
    const row = await this.#db
      .selectFrom("service_stewards")
      .select("account_id")
      .where("service_id", "=", serviceId)
      .where("account_id", "=", accountId)
      .executeTakeFirst();
    return row !== undefined;
  }

  async stewardedBy(accountId: string): Promise<readonly string[]> {
    const rows = await this.#db
      .selectFrom("service_stewards")
      .select("service_id")
      .where("account_id", "=", accountId)
      .orderBy("service_id")
      .execute();
    return rows.map(({ service_id }) => service_id);
  }

  async clientOf(serviceId: string): Promise<string | null> {
    const row = await this.#db
      .selectFrom("oauth_clients")
      .select("id")
      .where("account_id", "=", serviceId)
      .executeTakeFirst();
    return row?.id ?? null;
  }

  async setStewards(serviceId: string, accountIds: readonly string[]): Promise<void> {
    await this.#db.deleteFrom("service_stewards").where("service_id", "=", serviceId).execute();
    for (const accountId of accountIds) {
      await this.#db
        .insertInto("service_stewards")
        .values({ service_id: serviceId, account_id: accountId })
        .execute();
    }
  }
}
