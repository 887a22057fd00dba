import { type Kysely, type Selectable, sql } from "kysely";
import type { Scope } from "../../core/authority/scope.ts";
import { HubError } from "../../core/errors.ts";
import type { TeamChange, TeamWrites } from "../../core/team/ports.ts";
import { type Team, type TeamMember, teamKey } from "../../core/team/team.ts";
import { findGrants, holdersOfPrefix, replaceGrants } from "./accounts.ts";
import type { SqlFlavour } from "./flavour.ts";
import type { Database, TeamsTable } from "./schema.ts";

export class SqlTeams implements TeamWrites {
  readonly #db: Kysely<Database>;
  readonly #flavour: SqlFlavour;

  constructor(db: Kysely<Database>, flavour: SqlFlavour) {
    this.#db = db;
    this.#flavour = flavour;
  }

  async findByName(name: string): Promise<Team | null> {
    const row = await this.#db
      .selectFrom("teams")
      .selectAll()
      .where("name_key", "=", teamKey(name))
      .executeTakeFirst();
    return row ? this.#read(row) : null;
  }

  async list(page: {
    readonly after?: string | undefined;
    readonly limit: number;
  }): Promise<readonly Team[]> {
    let query = this.#db.selectFrom("teams").selectAll().orderBy("name_key").limit(page.limit);
    if (page.after !== undefined) {
      query = query.where("name_key", ">", page.after);
    }
    return this.#readAll(await query.execute());
  }

  async members(teamId: string): Promise<readonly TeamMember[]> {
    return (await this.#members(teamId).execute()).map(readMember);
  }

  async member(teamId: string, accountId: string): Promise<TeamMember | null> {
    const row = await this.#members(teamId).where("member.account_id", "=", accountId).executeTakeFirst();
    return row ? readMember(row) : null;
  }

  #members(teamId: string) {
    return this.#db
      .selectFrom("team_members as member")
      .innerJoin("accounts as account", "account.id", "member.account_id")
      .select(["member.account_id", "account.username", "member.by_hand", "member.by_provider"])
      .where("member.team_id", "=", teamId)
      .orderBy("account.username_key");
  }

  async withExternalGroup(groups: readonly string[]): Promise<readonly Team[]> {
    if (groups.length === 0) {
      return [];
    }
    const rows = await this.#db
      .selectFrom("teams")
      .selectAll()
      // The caller decides whether case counts.
      .where(
        sql<string>`lower(external_group)`,
        "in",
        groups.map((group) => group.toLowerCase()),
      )
      .orderBy("name_key")
      .execute();
    return this.#readAll(rows);
  }

  async withGrantOn(type: string, name: string): Promise<readonly Team[]> {
    const prefix = `${type}:${name}:`;
    const rows = await this.#db
      .selectFrom("teams")
      .selectAll()
      .where("id", "in", holdersOfPrefix(this.#db, prefix))
      .orderBy("name_key")
      .execute();
    return this.#readAll(rows);
  }

  async robots(teamId: string): Promise<readonly string[]> {
    const rows = await this.#db
      .selectFrom("accounts")
      .select("id")
      .where("robot_team", "=", teamId)
      .where("deleted_at", "is", null)
      .orderBy("username_key")
      .execute();
    return rows.map(({ id }) => id);
  }

  async insert(team: Omit<Team, "grants">): Promise<void> {
    try {
      await this.#db
        .insertInto("teams")
        .values({
          id: team.id,
          name: team.name,
          name_key: teamKey(team.name),
          description: team.description,
          external_group: team.externalGroup,
          created_at: team.createdAt,
        })
        .execute();
    } catch (error) {
      throw this.#flavour.isUniqueViolation(error) ? new HubError("team_exists", { cause: error }) : error;
    }
  }

  async update(id: string, change: TeamChange): Promise<void> {
    await this.#db
      .updateTable("teams")
      .set({
        ...(change.description === undefined ? {} : { description: change.description }),
        ...(change.externalGroup === undefined ? {} : { external_group: change.externalGroup }),
      })
      .where("id", "=", id)
      .execute();
  }

  setGrants(id: string, grants: readonly Scope[]): Promise<void> {
    return replaceGrants(this.#db, this.#flavour, { holder: id, grants });
  }

  async remove(id: string): Promise<void> {
    await this.#db.deleteFrom("team_members").where("team_id", "=", id).execute();
    await this.#db.deleteFrom("grants").where("holder", "=", id).execute();
    await this.#db.deleteFrom("teams").where("id", "=", id).execute();
  }

  async setMembership(
    teamId: string,
    accountId: string,
    given: { readonly byHand: boolean; readonly byProvider: boolean },
  ): Promise<void> {
    if (!given.byHand && !given.byProvider) {
      await this.#db
        .deleteFrom("team_members")
        .where("team_id", "=", teamId)
        .where("account_id", "=", accountId)
        .execute();
      return;
    }
    const columns = { by_hand: Number(given.byHand), by_provider: Number(given.byProvider) };
    await this.#db
      .insertInto("team_members")
      .values({ team_id: teamId, account_id: accountId, ...columns })
      .onConflict((conflict) => conflict.columns(["team_id", "account_id"]).doUpdateSet(columns))
      .execute();
  }

  async #readAll(rows: readonly Selectable<TeamsTable>[]): Promise<readonly Team[]> {
    const teams: Team[] = [];
    for (const row of rows) {
      teams.push(await this.#read(row));
    }
    return teams;
  }

  async #read(row: Selectable<TeamsTable>): Promise<Team> {
    return {
      id: row.id,
      name: row.name,
      description: row.description,
      externalGroup: row.external_group,
      grants: await findGrants(this.#db, row.id),
      createdAt: row.created_at,
    };
  }
}

function readMember(row: {
  readonly account_id: string;
  readonly username: string;
  readonly by_hand: number;
  readonly by_provider: number;
}): TeamMember {
  return {
    accountId: row.account_id,
    username: row.username,
    byHand: row.by_hand !== 0,
    byProvider: row.by_provider !== 0,
  };
}
