import { type Kysely, type Selectable, sql } from "kysely";
import type { WarningCandidate, WarningPlace, WarningWrites } from "../../core/warning/ports.ts";
import type { GivenWarning, WarningCause } from "../../core/warning/warning.ts";
import { readCredential } from "./credential-rows.ts";
import type { Database } from "./schema.ts";

type Row = Selectable<Database["credentials"]> & {
  readonly warned_deadline: number | null;
  readonly warned_before_ms: number | null;
};

export class SqlWarnings implements WarningWrites {
  readonly #db: Kysely<Database>;

  constructor(db: Kysely<Database>) {
    this.#db = db;
  }

  async expiringBetween(page: {
    readonly from: number;
    readonly to: number;
    readonly after: WarningPlace | null;
    readonly limit: number;
  }): Promise<readonly WarningCandidate[]> {
    const { from, to, after, limit } = page;
    let query = this.#candidates("expiring", limit)
      .where("credentials.expires_at", ">", from)
      .where("credentials.expires_at", "<=", to)
      .orderBy("credentials.expires_at")
      .orderBy("credentials.id");
    if (after) {
      query = query.where(
        sql<boolean>`(credentials.expires_at, credentials.id) > (${after.key}, ${after.id})`,
      );
    }
    return (await query.execute()).map(readCandidate);
  }

  async endingByDisuse(page: {
    readonly after: WarningPlace | null;
    readonly limit: number;
  }): Promise<readonly WarningCandidate[]> {
    const rows = await this.#candidates("idle", page.limit)
      .where("credentials.idle_ms", "is not", null)
      .where("credentials.id", ">", page.after?.id ?? "")
      .orderBy("credentials.id")
      .execute();
    return rows.map(readCandidate);
  }

  async given(credentialId: string, cause: WarningCause): Promise<GivenWarning | null> {
    const row = await this.#db
      .selectFrom("warnings")
      .selectAll()
      .where("credential_id", "=", credentialId)
      .where("cause", "=", cause)
      .executeTakeFirst();
    return row ? { deadline: row.deadline, beforeMs: row.before_ms } : null;
  }

  async remember(credentialId: string, cause: WarningCause, warning: GivenWarning): Promise<void> {
    const given = { deadline: warning.deadline, before_ms: warning.beforeMs };
    await this.#db
      .insertInto("warnings")
      .values({ credential_id: credentialId, cause, ...given })
      .onConflict((conflict) => conflict.columns(["credential_id", "cause"]).doUpdateSet(given))
      .execute();
  }

  async purgeBefore(moment: number, limit: number): Promise<number> {
    const { numAffectedRows } = await sql`delete from warnings where (credential_id, cause) in
      (select credential_id, cause from warnings where deadline < ${moment} limit ${limit})`.execute(
      this.#db,
    );
    return Number(numAffectedRows ?? 0);
  }

  #candidates(cause: WarningCause, limit: number) {
    return this.#db
      .selectFrom("credentials")
      .leftJoin("warnings", (join) =>
        join.onRef("warnings.credential_id", "=", "credentials.id").on("warnings.cause", "=", cause),
      )
      .selectAll("credentials")
      .select(["warnings.deadline as warned_deadline", "warnings.before_ms as warned_before_ms"])
      .where("credentials.ended_at", "is", null)
      .limit(limit);
  }
}

function readCandidate(row: Row): WarningCandidate {
  const { warned_deadline: deadline, warned_before_ms: beforeMs } = row;
  const given = deadline === null || beforeMs === null ? null : { deadline, beforeMs };
  return { credential: readCredential(row), given };
}
