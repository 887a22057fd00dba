import { type ExpressionBuilder, sql } from "kysely";
import type { CredentialState } from "../../core/credential/state.ts";
import { IDLE_DEADLINE } from "./credential-order.ts";
import type { Database } from "./schema.ts";

type Row = ExpressionBuilder<Database, "credentials">;

function expired(row: Row, now: number) {
  return row.or([
    row("expires_at", "<=", now),
    row.and([row("idle_ms", "is not", null), row(IDLE_DEADLINE, "<=", now)]),
  ]);
}

/** The state of `state.ts`, as the database decides it. */
export function inState(row: Row, state: CredentialState, now: number) {
  const open = row("ended_at", "is", null);
  const isExpired = row.fn.coalesce(expired(row, now), sql<boolean>`1 = 0`);
  const isRotated = row.fn.coalesce(row("rotation_ends_at", "<=", now), sql<boolean>`1 = 0`);
  const isFrozen = row.and([
    row("frozen_at", "is not", null),
    row.or([row("frozen_until", "is", null), row("frozen_until", ">", now)]),
  ]);
  switch (state) {
    case "active":
      return row.and([open, row.not(isExpired), row.not(isRotated), row.not(isFrozen)]);
    case "frozen":
      return row.and([open, row.not(isExpired), row.not(isRotated), isFrozen]);
    case "expired":
      return row.or([
        row("end_reason", "in", ["expired", "inactive"]),
        row.and([open, isExpired, row.not(isRotated)]),
      ]);
    case "revoked":
      return row.or([
        row.and([row("ended_at", "is not", null), row("end_reason", "not in", ["expired", "inactive"])]),
        row.and([open, isRotated]),
      ]);
  }
}

/** One of the sources that are kept lies within the range of addresses. */
export function usedFrom(row: Row, { first, last }: { readonly first: string; readonly last: string }) {
  return row.exists(
    row
      .selectFrom("credential_sources")
      .select(sql`1`.as("one"))
      .whereRef("credential_sources.credential_id", "=", "credentials.id")
      .where("address_key", ">=", first)
      .where("address_key", "<=", last),
  );
}
