import type { ExpressionBuilder } from "kysely";
import type { AccountFilter } from "../../core/account/ports.ts";
import type { SqlFlavour } from "./flavour.ts";
import type { Database } from "./schema.ts";
import { holdsText } from "./text-search.ts";

/** The conditions of a filter on accounts. */
export function accountConditions(
  row: ExpressionBuilder<Database, "accounts">,
  filter: AccountFilter,
  flavour: SqlFlavour,
) {
  const { type, role, disabled, stewardId, text, createdSince, createdBefore } = filter;
  return row.and([
    ...(type === undefined ? [] : [row("type", "=", type)]),
    ...(role === undefined ? [] : [row("role", "=", role)]),
    ...(disabled === undefined ? [] : [row("disabled", "=", Number(disabled))]),
    ...(createdSince === undefined ? [] : [row("created_at", ">=", createdSince)]),
    ...(createdBefore === undefined ? [] : [row("created_at", "<", createdBefore)]),
    ...(text === undefined ? [] : [holdsText(row, ["username", "display_name", "email"], text, flavour)]),
    ...(stewardId === undefined
      ? []
      : [
          row("id", "in", (inner) =>
            inner.selectFrom("service_stewards").select("service_id").where("account_id", "=", stewardId),
          ),
        ]),
  ]);
}
