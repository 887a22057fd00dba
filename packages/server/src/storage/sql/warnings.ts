import { type Kysely, type RawBuilder, type Selectable, sql } from "kysely";
import type { WarningCandidate, WarningPlace, WarningWrites } from "../../core/warning/ports.ts";
import type { GivenWarning, WarningCause } from "../../core/warning/warning.ts";
import { IDLE_DEADLINE } from "./credential-order.ts";
import { readCredential } from "./credential-rows.ts";
import type { Database } from "./schema.ts";

type Row = Selectable<Database["credentials"]> & {
  readonly warned_deadline: number | null;
  readonly warned_before_ms: number | null;
  readonly place_key: number;
};

const FIXED_END = sql<number>`expires_at`;

export class SqlWarnings implements WarningWrites {
  readonly #db: Kysely<Database>;

  constructor(db: Kysely<Database>) {
    this.#db = db;
  }

  async expiring({ beforeMs, ...page }: Page & { readonly beforeMs: readonly number[] }) {
    if (beforeMs.length === 0) {
      return [];
    }
    return this.#due("expiring", page, {
      end: FIXED_END,
      until: page.now + Math.max(...beforeMs),
      life: sql<number>`expires_at - created_at`,
      thresholds: beforeMs.map((ms) => sql<number>`${sql.lit(ms)}`),
    });
  }

  async endingByDisuse({ shares, ...page }: Page & { readonly shares: readonly number[] }) {
    const longest = shares.length === 0 ? null : await this.#longestIdle();
    if (longest === null) {
      return [];
    }
    const early = Math.max(...shares.map((share) => 1 - share));
    return this.#due("idle", page, {
      end: IDLE_DEADLINE,
      until: page.now + Math.ceil(longest * early) + 1,
      life: sql<number>`idle_ms + 1`,
      // The threshold is rounded, so it may lie up to half a millisecond later than this.
      thresholds: shares.map((share) => sql<number>`idle_ms * ${sql.lit(1 - share)} + 1`),
    });
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

  /** The longest idle time of an active credential; null if there is none. */
  async #longestIdle(): Promise<number | null> {
    const row = await this.#db
      .selectFrom("credentials")
      .select("idle_ms")
      .where("ended_at", "is", null)
      .where("idle_ms", "is not", null)
      .orderBy("idle_ms", "desc")
      .limit(1)
      .executeTakeFirst();
    return row?.idle_ms ?? null;
  }

  /**
   * Walks the index of the ends that come. The database leaves out what was warned of before: in the last
   * days before their ends these may be most credentials.
   */
  async #due(
    cause: WarningCause,
    { now, after, limit }: Page,
    ends: Ends,
  ): Promise<readonly WarningCandidate[]> {
    const { end, until, life, thresholds } = ends;
    const isDue = thresholds.map(
      (beforeMs) => sql<boolean>`(${end} - (${beforeMs}) <= ${now} and ${beforeMs} < ${life}
        and (warnings.deadline is null
        or warnings.deadline <> ${end} or warnings.before_ms > ${beforeMs}))`,
    );
    const rows = await this.#db
      .selectFrom("credentials")
      .leftJoin("warnings", (join) =>
        join.onRef("warnings.credential_id", "=", "credentials.id").on("warnings.cause", "=", cause),
      )
      .selectAll("credentials")
      .select(["warnings.deadline as warned_deadline", "warnings.before_ms as warned_before_ms"])
      .select(end.as("place_key"))
      .where("credentials.ended_at", "is", null)
      .where(cause === "idle" ? sql<boolean>`idle_ms is not null` : sql<boolean>`expires_at is not null`)
      .where(end, ">", now)
      .where(end, "<=", until)
      .where((row) => row.or(isDue))
      .$if(after !== null, (query) =>
        query
          .where(end, ">=", after?.key ?? 0)
          .where(sql<boolean>`(${end}, credentials.id) > (${after?.key ?? 0}, ${after?.id ?? ""})`),
      )
      .orderBy(end)
      .orderBy("credentials.id")
      .limit(limit)
      .execute();
    return rows.map((row) => readCandidate(row));
  }
}

interface Page {
  readonly now: number;
  readonly after: WarningPlace | null;
  readonly limit: number;
}

interface Ends {
  /** Has an index. */
  readonly end: RawBuilder<number>;
  /** No end after this moment is warned of now. */
  readonly until: number;
  /** The whole way to the end. There is no warning at its beginning. */
  readonly life: RawBuilder<number>;
  /** How long before the end each threshold lies, in milliseconds. */
  readonly thresholds: readonly RawBuilder<number>[];
}

function readCandidate(row: Row): WarningCandidate {
  const { warned_deadline: deadline, warned_before_ms: beforeMs } = row;
  const given = deadline === null || beforeMs === null ? null : { deadline, beforeMs };
  return { credential: readCredential(row), given, place: { key: Number(row.place_key), id: row.id } };
}
