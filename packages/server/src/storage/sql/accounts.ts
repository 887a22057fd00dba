import { type Kysely, type Selectable, sql } from "kysely";
import { type Account, grantedNamespaces, type Role, usernameKey } from "../../core/account/account.ts";
import type {
  AccountChange,
  AccountWrites,
  SharedGrantSet,
  SharedGrantWrites,
} from "../../core/account/ports.ts";
import { formatScope, parseScope, type Scope } from "../../core/authority/scope.ts";
import { HubError } from "../../core/errors.ts";
import type { SqlFlavour } from "./flavour.ts";
import { HotQuery } from "./hot-query.ts";
import type { Database } from "./schema.ts";

type AccountRow = Selectable<Database["accounts"]>;

/** Rows of deleted accounts stay, so the highest number grows for ever and none is used twice. Zen's first administrator has 1000330999. */
const nextNumber = sql<number>`(select coalesce(max(number), 1000330998) + 1 from accounts)`;

const livingById = new HotQuery<AccountRow>((db) =>
  db.selectFrom("accounts").selectAll().where("deleted_at", "is", null).where("id", "=", ""),
);
const grantsOf = new HotQuery<{ scope: string }>((db) =>
  db.selectFrom("grants").select("scope").where("holder", "=", "").orderBy("position"),
);

export class SqlAccounts implements AccountWrites {
  readonly #db: Kysely<Database>;
  readonly #flavour: SqlFlavour;

  constructor(db: Kysely<Database>, flavour: SqlFlavour) {
    this.#db = db;
    this.#flavour = flavour;
  }

  async findById(id: string): Promise<Account | null> {
    const row = await livingById.first(this.#db, [id]);
    return row ? this.#read(row) : null;
  }

  async findByUsername(username: string): Promise<Account | null> {
    const row = await this.#living().where("username_key", "=", usernameKey(username)).executeTakeFirst();
    return row ? this.#read(row) : null;
  }

  async list(page: { after?: string | undefined; limit: number }): Promise<readonly Account[]> {
    let query = this.#living().orderBy("username_key").limit(page.limit);
    if (page.after !== undefined) {
      query = query.where("username_key", ">", page.after);
    }
    const accounts: Account[] = [];
    for (const row of await query.execute()) {
      accounts.push(await this.#read(row));
    }
    return accounts;
  }

  async countAdministrators(): Promise<number> {
    const row = await this.#db
      .selectFrom("accounts")
      .select((expression) => expression.fn.countAll<number>().as("count"))
      .where("role", "=", "admin")
      .where("disabled", "=", 0)
      .where("deleted_at", "is", null)
      .executeTakeFirstOrThrow();
    return Number(row.count);
  }

  async count(): Promise<number> {
    const row = await this.#db
      .selectFrom("accounts")
      .select((expression) => expression.fn.countAll<number>().as("count"))
      .executeTakeFirstOrThrow();
    return Number(row.count);
  }

  async withGrantOn(type: string, name: string): Promise<readonly Account[]> {
    const prefix = `${type}:${name}:`;
    const rows = await this.#living()
      .where("id", "in", (inner) =>
        inner
          .selectFrom("grants")
          .select("holder")
          .where(sql<string>`substr(scope, 1, ${sql.lit(prefix.length)})`, "=", prefix),
      )
      .orderBy("id")
      .execute();
    const accounts: Account[] = [];
    for (const row of rows) {
      accounts.push(await this.#read(row));
    }
    return accounts;
  }

  async isNamespaceGranted(namespace: string): Promise<boolean> {
    const row = await this.#db
      .selectFrom("grants")
      .innerJoin("accounts", "accounts.id", "grants.holder")
      .select("grants.holder")
      .where("grants.namespace", "=", namespace)
      .where("accounts.deleted_at", "is", null)
      .executeTakeFirst();
    return row !== undefined;
  }

  async insert(account: Omit<Account, "number" | "grants">): Promise<Account> {
    try {
      const { number } = await this.#db
        .insertInto("accounts")
        .values({
          id: account.id,
          number: nextNumber,
          username: account.username,
          username_key: usernameKey(account.username),
          display_name: account.displayName,
          email: account.email,
          role: account.role,
          disabled: Number(account.disabled),
          password_hash: account.passwordHash,
          epoch: account.epoch,
          created_at: account.createdAt,
          deleted_at: null,
        })
        .returning("number")
        .executeTakeFirstOrThrow();
      return { ...account, number, grants: [] };
    } catch (error) {
      throw this.#flavour.isUniqueViolation(error) ? new HubError("user_exists", { cause: error }) : error;
    }
  }

  async update(id: string, change: AccountChange): Promise<void> {
    await this.#db
      .updateTable("accounts")
      .set({
        ...(change.displayName === undefined ? {} : { display_name: change.displayName }),
        ...(change.email === undefined ? {} : { email: change.email }),
        ...(change.role === undefined ? {} : { role: change.role }),
        ...(change.disabled === undefined ? {} : { disabled: Number(change.disabled) }),
        ...(change.passwordHash === undefined ? {} : { password_hash: change.passwordHash }),
        ...(change.epoch === undefined ? {} : { epoch: change.epoch }),
      })
      .where("id", "=", id)
      .execute();
  }

  async markDeleted(id: string, at: number): Promise<void> {
    await this.#db
      .updateTable("accounts")
      .set({ deleted_at: at, username_key: null, password_hash: null, disabled: 1 })
      .where("id", "=", id)
      .execute();
    await this.#db.deleteFrom("grants").where("holder", "=", id).execute();
  }

  setGrants(id: string, grants: readonly Scope[]): Promise<void> {
    return replaceGrants(this.#db, id, grants);
  }

  #living() {
    return this.#db.selectFrom("accounts").selectAll().where("deleted_at", "is", null);
  }

  async #read(row: AccountRow): Promise<Account> {
    return {
      id: row.id,
      number: row.number,
      username: row.username,
      displayName: row.display_name,
      email: row.email,
      role: row.role as Role,
      disabled: row.disabled !== 0,
      passwordHash: row.password_hash,
      epoch: row.epoch,
      grants: await findGrants(this.#db, row.id),
      createdAt: row.created_at,
    };
  }
}

export class SqlSharedGrants implements SharedGrantWrites {
  readonly #db: Kysely<Database>;

  constructor(db: Kysely<Database>) {
    this.#db = db;
  }

  sharedGrants(set: SharedGrantSet): Promise<readonly Scope[]> {
    return findGrants(this.#db, set);
  }

  setSharedGrants(set: SharedGrantSet, grants: readonly Scope[]): Promise<void> {
    return replaceGrants(this.#db, set, grants);
  }
}

async function findGrants(db: Kysely<Database>, holder: string): Promise<readonly Scope[]> {
  const rows = await grantsOf.run(db, [holder]);
  return rows.map((row) => parseScope(row.scope)).filter((scope) => scope !== null);
}

async function replaceGrants(db: Kysely<Database>, holder: string, grants: readonly Scope[]): Promise<void> {
  await db.deleteFrom("grants").where("holder", "=", holder).execute();
  for (const [position, scope] of grants.entries()) {
    const namespace = grantedNamespaces([scope])[0] ?? null;
    await db
      .insertInto("grants")
      .values({ holder, position, scope: formatScope(scope), namespace })
      .execute();
  }
}
