import { type Kysely, type Selectable, sql } from "kysely";
import {
  type Account,
  type AccountRecord,
  type AccountType,
  grantedNamespaces,
  type Membership,
  type Role,
  usernameKey,
} from "../../core/account/account.ts";
import type {
  AccountChange,
  AccountFilter,
  AccountWrites,
  SharedGrantSet,
  SharedGrantWrites,
} from "../../core/account/ports.ts";
import { formatScope, readStoredScope, type Scope } from "../../core/authority/scope.ts";
import { HubError } from "../../core/errors.ts";
import type { ProviderKind } from "../../core/provider/ports.ts";
import { accountConditions } from "./account-filters.ts";
import { namedQuery } from "./batch/row-sets.ts";
import type { SqlFlavour } from "./flavour.ts";
import { HotQuery } from "./hot-query.ts";
import { inRows } from "./many-rows.ts";
import type { Database } from "./schema.ts";

type AccountRow = Selectable<Database["accounts"]>;

/**
 * Rows of deleted accounts stay, so the highest number only grows and no number is used twice. Zen's first
 * administrator has 1000330999.
 */
const nextNumber = sql<number>`(select coalesce(max(number), 1000330998) + 1 from accounts)`;

const livingById = new HotQuery<AccountRow>((db) =>
  db.selectFrom("accounts").selectAll().where("deleted_at", "is", null).where("id", "=", ""),
);
const grantsOf = new HotQuery<{ scope: string }>((db) =>
  db.selectFrom("grants").select("scope").where("holder", "=", "").orderBy("position"),
);

interface Holding {
  /** Null: the account's own. */
  readonly team_id: string | null;
  readonly team: string | null;
  readonly by_hand: number;
  readonly by_provider: number;
  readonly scope: string | null;
  readonly position: number | null;
}

/**
 * Own grants, those of the teams, and of a robot the repository grants of its team: in one query, since it
 * runs on each miss of the index.
 */
const holdingsOf = new HotQuery<Holding>((db) =>
  db
    .selectFrom("grants")
    .select([
      sql<string | null>`null`.as("team_id"),
      sql<string | null>`null`.as("team"),
      sql<number>`0`.as("by_hand"),
      sql<number>`0`.as("by_provider"),
      sql<string | null>`scope`.as("scope"),
      sql<number | null>`position`.as("position"),
    ])
    .where("holder", "=", "")
    .unionAll(
      db
        .selectFrom("team_members as member")
        .innerJoin("teams as team", "team.id", "member.team_id")
        .leftJoin("grants as held", "held.holder", "team.id")
        .select(["team.id as team_id", "team.name as team", "member.by_hand", "member.by_provider"])
        .select(["held.scope", "held.position"])
        .where("member.account_id", "=", ""),
    )
    .unionAll(
      db
        .selectFrom("accounts as robot")
        .innerJoin("teams as team", "team.id", "robot.robot_team")
        .leftJoin("grants as held", (join) =>
          join
            .onRef("held.holder", "=", "team.id")
            .on(sql<string>`substr(held.scope, 1, 11)`, "=", sql.lit("repository:")),
        )
        .select(["team.id as team_id", "team.name as team"])
        .select([sql<number>`1`.as("by_hand"), sql<number>`0`.as("by_provider")])
        .select(["held.scope", "held.position"])
        .where("robot.id", "=", ""),
    ),
);

const livingByIds = namedQuery(
  "accounts-by-id",
  `select id, number, username, display_name, email, role, disabled, password_hash, epoch, type,
    description, provider, suspended_at, created_at
    from accounts where deleted_at is null and id = any($1::text[])`,
);
/** As `holdingsOf`, of several accounts. */
const holdingsOfMany = namedQuery(
  "holdings-of-accounts",
  `select holder, null as team_id, null as team, 0 as by_hand, 0 as by_provider, scope, position
    from grants where holder = any($1::text[])
  union all
  select member.account_id, team.id, team.name, member.by_hand, member.by_provider, held.scope, held.position
    from team_members as member join teams as team on team.id = member.team_id
    left join grants as held on held.holder = team.id
    where member.account_id = any($1::text[])
  union all
  select robot.id, team.id, team.name, 1, 0, held.scope, held.position
    from accounts as robot join teams as team on team.id = robot.robot_team
    left join grants as held on held.holder = team.id and substr(held.scope, 1, 11) = 'repository:'
    where robot.id = any($1::text[])`,
);

/** Mail to more people than this helps nobody. */
const ADMINISTRATORS_MAX = 100;

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

  /** For databases that take arrays. */
  async findAllById(ids: readonly string[]): Promise<readonly Account[]> {
    const [{ rows }, { rows: held }] = await Promise.all([
      this.#db.executeQuery(livingByIds([ids])),
      this.#db.executeQuery(holdingsOfMany([ids])),
    ]);
    const holdings = new Map<string, Holding[]>();
    for (const { holder, ...holding } of held as (Holding & { holder: string })[]) {
      const known = holdings.get(holder);
      known ? known.push(holding) : holdings.set(holder, [holding]);
    }
    return (rows as AccountRow[]).map((row) => toAccount(row, holdings.get(row.id) ?? []));
  }

  async findByUsername(username: string): Promise<Account | null> {
    const row = await this.#living().where("username_key", "=", usernameKey(username)).executeTakeFirst();
    return row ? this.#read(row) : null;
  }

  async list({
    after,
    limit,
    ...filter
  }: AccountFilter & { readonly after?: string | undefined; readonly limit: number }): Promise<
    readonly Account[]
  > {
    let query = this.#living()
      .where((row) => accountConditions(row, filter, this.#flavour))
      .orderBy("username_key")
      .limit(limit);
    if (after !== undefined) {
      query = query.where("username_key", ">", after);
    }
    const accounts: Account[] = [];
    for (const row of await query.execute()) {
      accounts.push(await this.#read(row));
    }
    return accounts;
  }

  async countOf({ limit, ...filter }: AccountFilter & { readonly limit: number }): Promise<number> {
    const counted = this.#db
      .selectFrom("accounts")
      .select("id")
      .where("deleted_at", "is", null)
      .where((row) => accountConditions(row, filter, this.#flavour))
      .limit(limit);
    const row = await this.#db
      .selectFrom(counted.as("counted"))
      .select((expression) => expression.fn.countAll<number>().as("count"))
      .executeTakeFirstOrThrow();
    return Number(row.count);
  }

  async administrators(): Promise<readonly Account[]> {
    const query = this.#living().where("role", "=", "admin").where("disabled", "=", 0);
    const accounts: Account[] = [];
    for (const row of await query.orderBy("id").limit(ADMINISTRATORS_MAX).execute()) {
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
      .where("id", "in", holdersOfPrefix(this.#db, prefix))
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
      .select("holder")
      // A deleted account or team leaves no grants behind.
      .where("namespace", "=", namespace)
      .where("holder", "not in", ["anonymous", "authenticated"])
      .executeTakeFirst();
    return row !== undefined;
  }

  async insert({ robotOf, ...account }: AccountRecord): Promise<Account> {
    const { type = "person", description = null, provider = null } = account;
    if (await this.#isFormerName(usernameKey(account.username))) {
      throw new HubError("user_exists");
    }
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
          type,
          description,
          robot_team: robotOf ?? null,
          provider,
          suspended_at: null,
        })
        .returning("number")
        .executeTakeFirstOrThrow();
      return robotOf === undefined
        ? { ...account, type, description, provider, suspendedAt: null, number, grants: [], teams: [] }
        : ((await this.findById(account.id)) as Account);
    } catch (error) {
      throw this.#flavour.isUniqueViolation(error) ? new HubError("user_exists", { cause: error }) : error;
    }
  }

  /** True if an active credential that was moved to a service is still accepted with this name. */
  async #isFormerName(key: string): Promise<boolean> {
    const row = await this.#db
      .selectFrom("credentials")
      .select("id")
      .where("former_name", "=", key)
      .where("ended_at", "is", null)
      .executeTakeFirst();
    return row !== undefined;
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
        ...(change.description === undefined ? {} : { description: change.description }),
        ...(change.suspendedAt === undefined ? {} : { suspended_at: change.suspendedAt }),
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
    await this.#db.deleteFrom("team_members").where("account_id", "=", id).execute();
    await this.#db.deleteFrom("external_links").where("account_id", "=", id).execute();
    await this.#db
      .deleteFrom("service_stewards")
      .where((row) => row.or([row("account_id", "=", id), row("service_id", "=", id)]))
      .execute();
  }

  setGrants(id: string, grants: readonly Scope[]): Promise<void> {
    return replaceGrants(this.#db, this.#flavour, { holder: id, grants });
  }

  #living() {
    return this.#db.selectFrom("accounts").selectAll().where("deleted_at", "is", null);
  }

  async #read(row: AccountRow): Promise<Account> {
    return toAccount(row, await holdingsOf.run(this.#db, [row.id, row.id, row.id]));
  }
}

function toAccount(row: AccountRow, holdings: readonly Holding[]): Account {
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
    ...readHoldings(holdings),
    type: row.type as AccountType,
    description: row.description,
    provider: row.provider as ProviderKind | null,
    suspendedAt: row.suspended_at,
    createdAt: row.created_at,
  };
}

function readHoldings(holdings: readonly Holding[]): Pick<Account, "grants" | "teams"> {
  const rows = [...holdings];
  rows.sort((a, b) => (a.position ?? 0) - (b.position ?? 0));
  const teams = new Map<string, Holding[]>();
  for (const row of rows.filter(({ team_id }) => team_id !== null)) {
    teams.set(row.team_id as string, [...(teams.get(row.team_id as string) ?? []), row]);
  }
  return {
    grants: readGrants(rows.filter(({ team_id }) => team_id === null)),
    teams: [...teams.values()].map(readMembership).sort((a, b) => (a.team < b.team ? -1 : 1)),
  };
}

function readMembership(rows: readonly Holding[]): Membership {
  const [first] = rows as readonly [Holding];
  return {
    teamId: first.team_id as string,
    team: first.team as string,
    byHand: first.by_hand !== 0,
    byProvider: first.by_provider !== 0,
    grants: readGrants(rows),
  };
}

function readGrants(rows: readonly { readonly scope: string | null }[]): readonly Scope[] {
  return rows
    .map(({ scope }) => (scope === null ? null : readStoredScope(scope)))
    .filter((scope) => scope !== null);
}

export class SqlSharedGrants implements SharedGrantWrites {
  readonly #db: Kysely<Database>;
  readonly #flavour: SqlFlavour;

  constructor(db: Kysely<Database>, flavour: SqlFlavour) {
    this.#db = db;
    this.#flavour = flavour;
  }

  sharedGrants(set: SharedGrantSet): Promise<readonly Scope[]> {
    return findGrants(this.#db, set);
  }

  setSharedGrants(set: SharedGrantSet, grants: readonly Scope[]): Promise<void> {
    return replaceGrants(this.#db, this.#flavour, { holder: set, grants });
  }
}

/** Who holds a grant that begins with `prefix`. */
export function holdersOfPrefix(db: Kysely<Database>, prefix: string) {
  return db
    .selectFrom("grants")
    .select("holder")
    .where(sql<string>`substr(scope, 1, ${sql.lit(prefix.length)})`, "=", prefix);
}

export async function findGrants(db: Kysely<Database>, holder: string): Promise<readonly Scope[]> {
  return readGrants(await grantsOf.run(db, [holder]));
}

export async function replaceGrants(
  db: Kysely<Database>,
  flavour: SqlFlavour,
  { holder, grants }: { readonly holder: string; readonly grants: readonly Scope[] },
): Promise<void> {
  await db.deleteFrom("grants").where("holder", "=", holder).execute();
  await inRows(db, flavour, [...grants.entries()], {
    types: ["text", "integer", "text", "text"],
    values: ([position, scope]) => [
      holder,
      position,
      formatScope(scope),
      grantedNamespaces([scope])[0] ?? null,
    ],
    statement: (rows) => `insert into grants (holder, position, scope, namespace) values ${rows}`,
  });
}
