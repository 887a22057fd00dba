import { type Kysely, sql } from "kysely";
import type { Kind } from "../../core/credential/kinds.ts";
import type { KindSummary, MostUsed, StatisticsReads } from "../../core/statistics/ports.ts";
import { expiresBy, inState, unusedSince } from "./credential-filters.ts";
import type { Database } from "./schema.ts";

const DAY_MS = 86_400_000;

export class SqlStatistics implements StatisticsReads {
  readonly #db: Kysely<Database>;

  constructor(db: Kysely<Database>) {
    this.#db = db;
  }

  async summarize(ownerId: string | undefined, now: number): Promise<readonly KindSummary[]> {
    const all = this.#db.selectFrom("credentials").where("ended_at", "is", null);
    const rows = await (ownerId === undefined ? all : all.where("owner_id", "=", ownerId))
      .select((row) => {
        const active = inState(row, "active", now);
        const count = (...conditions: (typeof active)[]) =>
          row.fn.sum<number>(row.case().when(row.and(conditions)).then(sql.lit(1)).else(sql.lit(0)).end());
        return [
          "kind",
          count(active).as("active"),
          count(inState(row, "frozen", now)).as("frozen"),
          count(active, row("last_used_at", ">=", now - DAY_MS)).as("used"),
          count(active, row("last_used_at", "is", null)).as("never"),
          count(active, unusedSince(row, now - 90 * DAY_MS)).as("unused"),
          count(active, expiresBy(row, now + 7 * DAY_MS)).as("in7"),
          count(active, expiresBy(row, now + 30 * DAY_MS)).as("in30"),
        ];
      })
      .groupBy("kind")
      .orderBy("kind")
      .execute();
    return rows.map((row) => ({
      kind: row.kind as Kind,
      active: Number(row.active),
      frozen: Number(row.frozen),
      usedLastDay: Number(row.used),
      neverUsed: Number(row.never),
      unused90Days: Number(row.unused),
      expiring7Days: Number(row.in7),
      expiring30Days: Number(row.in30),
    }));
  }

  async mostUsed(sinceDay: number, limit: number): Promise<readonly MostUsed[]> {
    const rows = await this.#db
      .selectFrom("daily_uses")
      .select(["credential_id", (row) => row.fn.sum<number>("count").as("uses")])
      .where("day", ">=", sinceDay)
      .groupBy("credential_id")
      .orderBy("uses", "desc")
      .orderBy("credential_id")
      .limit(limit)
      .execute();
    return rows.map((row) => ({ credentialId: row.credential_id, uses: Number(row.uses) }));
  }
}
