import { type ExpressionBuilder, type SelectQueryBuilder, sql } from "kysely";
import type { CredentialFilter } from "../../core/credential/ports.ts";
import type { CredentialState } from "../../core/credential/state.ts";
import { IDLE_DEADLINE } from "./credential-order.ts";
import type { SqlFlavour } from "./flavour.ts";
import type { Database } from "./schema.ts";
import { holdsText } from "./text-search.ts";

type Row = ExpressionBuilder<Database, "credentials">;

/** The state of `state.ts`, as the database decides it. */
export function inState(row: Row, state: CredentialState, now: number) {
  const open = row("ended_at", "is", null);
  const isExpired = row.fn.coalesce(expiresBy(row, now), sql<boolean>`1 = 0`);
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

/** Not used since then; one that was never used counts from its creation. */
export function unusedSince(row: Row, moment: number) {
  return row(sql<number>`coalesce(last_used_at, created_at)`, "<", moment);
}

/** The nearer of its expiry date and its idle deadline lies at or before that moment. */
export function expiresBy(row: Row, moment: number) {
  return row.or([
    row("expires_at", "<=", moment),
    row.and([row("idle_ms", "is not", null), row(IDLE_DEADLINE, "<=", moment)]),
  ]);
}

/** The title, the hint or the owner's name holds the text, whatever the case of ASCII letters. */
function matches(row: Row, text: string, flavour: SqlFlavour) {
  return row.or([
    holdsText(row, ["credentials.title", "credentials.hint"], text, flavour),
    row(
      "owner_id",
      "in",
      row
        .selectFrom("accounts")
        .select("accounts.id")
        .where((account) => holdsText(account, ["accounts.username_key"], text, flavour)),
    ),
  ]);
}

/** One of the sources that are kept lies within the range of addresses. */
function usedFrom(row: Row, { first, last }: { readonly first: string; readonly last: string }) {
  return row.exists(
    row
      .selectFrom("credential_sources")
      .select(sql`1`.as("one"))
      .whereRef("credential_sources.credential_id", "=", "credentials.id")
      .where("address_key", ">=", first)
      .where("address_key", "<=", last),
  );
}

/** Narrows a query to the credentials of a filter; its order, place and limit are left to the caller. */
export function filtered<Selection>(
  query: SelectQueryBuilder<Database, "credentials", Selection>,
  filter: CredentialFilter,
  flavour: SqlFlavour,
): SelectQueryBuilder<Database, "credentials", Selection> {
  return query.where((row) => row.and(conditions(row, filter, flavour)));
}

function conditions(row: Row, filter: CredentialFilter, flavour: SqlFlavour) {
  const { now, ownerId, kind, instance, clientId, text, state } = filter;
  const found = [];
  for (const [column, value] of [
    ["owner_id", ownerId],
    ["kind", kind],
    ["instance", instance],
    ["client_id", clientId],
  ] as const) {
    if (value !== undefined) {
      found.push(row(column, "=", value));
    }
  }
  if (filter.unusedSince !== undefined) {
    found.push(unusedSince(row, filter.unusedSince));
  }
  if (filter.createdSince !== undefined) {
    found.push(row("created_at", ">=", filter.createdSince));
  }
  if (filter.usedSince !== undefined) {
    found.push(row("last_used_at", ">=", filter.usedSince));
  }
  if (filter.neverUsed !== undefined) {
    found.push(row("last_used_at", filter.neverUsed ? "is" : "is not", null));
  }
  if (filter.expiresBy !== undefined) {
    found.push(expiresBy(row, filter.expiresBy));
  }
  if (filter.usedFrom !== undefined) {
    found.push(usedFrom(row, filter.usedFrom));
  }
  if (text !== undefined) {
    found.push(matches(row, text, flavour));
  }
  if (state !== undefined) {
    found.push(inState(row, state, now));
  }
  return found;
}
