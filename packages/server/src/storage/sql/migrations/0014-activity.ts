import { type Kysely, sql } from "kysely";

/** Verdicts and sign-ins by hour and by day. */
export async function activity(db: Kysely<unknown>): Promise<void> {
  await sql
    .raw(
      `create table activity_counts (
        span text not null, number integer not null, name text not null, count bigint not null,
        primary key (span, number, name))`,
    )
    .execute(db);
}
