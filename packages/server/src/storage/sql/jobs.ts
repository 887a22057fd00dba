import type { Kysely } from "kysely";
import type { JobWrites, Lease, LeaseRequest } from "../../core/jobs/ports.ts";
import type { Database } from "./schema.ts";

/**
 * The leases of jobs. Every write holds the head of the audit chain, so two nodes never decide about one
 * lease at once.
 */
export class SqlJobs implements JobWrites {
  readonly #db: Kysely<Database>;

  constructor(db: Kysely<Database>) {
    this.#db = db;
  }

  async take({
    job,
    holder,
    now,
    leaseMs,
    dueIfStartedBefore,
  }: LeaseRequest): Promise<Lease | "held" | "recent"> {
    const row = await this.#db.selectFrom("jobs").selectAll().where("name", "=", job).executeTakeFirst();
    if (row) {
      // A lease that ends later than any lease taken now could end was taken before the clock was set back.
      const isHeld = row.lease_until > now && row.lease_until <= now + leaseMs;
      const isRecent =
        dueIfStartedBefore !== null &&
        row.cursor === null &&
        row.started_at > dueIfStartedBefore &&
        row.started_at <= now;
      if (row.holder !== null && row.holder !== holder && isHeld) {
        return "held";
      }
      if (isRecent) {
        return "recent";
      }
    }
    const claim = { holder, lease_until: now + leaseMs, started_at: now };
    await this.#db
      .insertInto("jobs")
      .values({ name: job, cursor: null, ...claim })
      .onConflict((conflict) => conflict.column("name").doUpdateSet(claim))
      .execute();
    return { cursor: row?.cursor ?? null };
  }

  async renew(claim: {
    readonly job: string;
    readonly holder: string;
    readonly until: number;
    readonly cursor: string | null;
  }): Promise<boolean> {
    const { numUpdatedRows } = await this.#db
      .updateTable("jobs")
      .set({ lease_until: claim.until, cursor: claim.cursor })
      .where("name", "=", claim.job)
      .where("holder", "=", claim.holder)
      .executeTakeFirst();
    return numUpdatedRows > 0n;
  }

  async release(claim: {
    readonly job: string;
    readonly holder: string;
    readonly cursor: string | null;
  }): Promise<void> {
    await this.#db
      .updateTable("jobs")
      .set({ holder: null, lease_until: 0, cursor: claim.cursor })
      .where("name", "=", claim.job)
      .where("holder", "=", claim.holder)
      .execute();
  }
}
