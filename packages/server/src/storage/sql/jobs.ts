import { type Kysely, sql } from "kysely";
import type { JobWrites, Lease, LeaseRequest } from "../../core/jobs/ports.ts";
import type { Database } from "./schema.ts";

/**
 * The leases of jobs. Each decision is one statement, so that two nodes never decide about one lease at once
 * although they wait for no lock.
 */
export class SqlJobs implements JobWrites {
  readonly #db: Kysely<Database>;

  constructor(db: Kysely<Database>) {
    this.#db = db;
  }

  async take(request: LeaseRequest): Promise<Lease | "held" | "recent"> {
    const { job, holder, now, leaseMs, dueIfStartedBefore: due } = request;
    // A lease that ends later than any lease taken now could end was taken before the clock was set back.
    const isHeld = sql<boolean>`(jobs.holder is not null and jobs.holder <> ${holder}
      and jobs.lease_until > ${now} and jobs.lease_until <= ${now + leaseMs})`;
    const isRecent =
      due === null
        ? sql<boolean>`1 = 0`
        : sql<boolean>`(jobs.cursor is null and jobs.started_at > ${due} and jobs.started_at <= ${now})`;
    const claim = { holder, lease_until: now + leaseMs, started_at: now };
    const taken = await this.#db
      .insertInto("jobs")
      .values({ name: job, cursor: null, ...claim })
      .onConflict((conflict) =>
        conflict.column("name").doUpdateSet(claim).where(sql<boolean>`not ${isHeld} and not ${isRecent}`),
      )
      .returning("cursor")
      .executeTakeFirst();
    if (taken) {
      return { cursor: taken.cursor };
    }
    const held = await this.#db
      .selectFrom("jobs")
      .select("name")
      .where("name", "=", job)
      .where(isHeld)
      .executeTakeFirst();
    return held ? "held" : "recent";
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
