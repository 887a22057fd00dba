import { type Kysely, sql } from "kysely";

/** The longest idle time bounds how far ahead the warnings of idle ends look. Uses do not move this index. */
export async function idleTimes(db: Kysely<unknown>): Promise<void> {
  await sql
    .raw(
      "create index credentials_idle_ms on credentials (idle_ms) where ended_at is null and idle_ms is not null",
    )
    .execute(db);
}
