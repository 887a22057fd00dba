import { type Kysely, sql } from "kysely";
import type { LoginFailure, LoginWrites } from "../../core/account/login-ports.ts";
import type { Database } from "./schema.ts";

export class SqlLogins implements LoginWrites {
  readonly #db: Kysely<Database>;

  constructor(db: Kysely<Database>) {
    this.#db = db;
  }

  failuresOf(account: string, since: number, limit: number): Promise<readonly LoginFailure[]> {
    return this.#db
      .selectFrom("login_failures")
      .selectAll()
      .where("account", "=", account)
      .where("at", ">", since)
      .orderBy("at", "desc")
      .limit(limit)
      .execute();
  }

  async failuresFrom(address: string, since: number, limit: number): Promise<readonly number[]> {
    const rows = await this.#db
      .selectFrom("login_failures")
      .select("at")
      .where("address", "=", address)
      .where("at", ">", since)
      .orderBy("at", "desc")
      .limit(limit)
      .execute();
    return rows.map(({ at }) => at);
  }

  async signedInAt(accountId: string, address: string): Promise<number | null> {
    const row = await this.#db
      .selectFrom("login_places")
      .select("seen_at")
      .where("account_id", "=", accountId)
      .where("address", "=", address)
      .executeTakeFirst();
    return row?.seen_at ?? null;
  }

  async addFailure({ account, address, device, at }: LoginFailure): Promise<void> {
    await this.#db.insertInto("login_failures").values({ account, address, device, at }).execute();
  }

  async forgetFailuresFrom(
    account: string,
    { address, device }: { readonly address: string; readonly device: string | null },
  ): Promise<void> {
    await this.#db
      .deleteFrom("login_failures")
      .where("account", "=", account)
      .where((row) =>
        device === null
          ? row("address", "=", address)
          : row.or([row("address", "=", address), row("device", "=", device)]),
      )
      .execute();
  }

  async rememberAddress(accountId: string, address: string, at: number, limit: number): Promise<void> {
    await this.#db
      .insertInto("login_places")
      .values({ account_id: accountId, address, seen_at: at })
      .onConflict((conflict) => conflict.columns(["account_id", "address"]).doUpdateSet({ seen_at: at }))
      .execute();
    await this.#db
      .deleteFrom("login_places")
      .where("account_id", "=", accountId)
      .where("address", "not in", (inner) =>
        inner
          .selectFrom("login_places as latest")
          .select("latest.address")
          .where("latest.account_id", "=", accountId)
          .orderBy("latest.seen_at", "desc")
          .limit(limit),
      )
      .execute();
  }

  async forgetAccount(accountId: string): Promise<void> {
    await this.#db.deleteFrom("login_failures").where("account", "=", accountId).execute();
    await this.#db.deleteFrom("login_places").where("account_id", "=", accountId).execute();
  }

  async trimFailures(
    limit: number,
    bounds: { readonly account: number; readonly address: number },
  ): Promise<void> {
    const excess = (await this.#count()) - limit;
    if (excess <= 0) {
      return;
    }
    await sql`delete from login_failures where account in (
        select account from login_failures where ${this.#isBelow(bounds.address)}
        group by account having count(*) < ${bounds.account} order by count(*), max(at) limit ${excess})
      and ${this.#isBelow(bounds.address)}`.execute(this.#db);
    if ((await this.#count()) > limit) {
      await sql`delete from login_failures where at <= (
        select at from login_failures order by at desc limit 1 offset ${limit})`.execute(this.#db);
    }
  }

  async purge(before: { readonly failures: number; readonly addresses: number }): Promise<void> {
    await this.#db.deleteFrom("login_failures").where("at", "<=", before.failures).execute();
    await this.#db.deleteFrom("login_places").where("seen_at", "<=", before.addresses).execute();
  }

  #isBelow(perAddress: number) {
    return sql<boolean>`address not in (
      select address from login_failures group by address having count(*) >= ${perAddress})`;
  }

  async #count(): Promise<number> {
    const { count } = await this.#db
      .selectFrom("login_failures")
      .select((row) => row.fn.countAll<number>().as("count"))
      .executeTakeFirstOrThrow();
    return Number(count);
  }
}
