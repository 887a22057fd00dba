import { type Kysely, sql } from "kysely";
import type { SqlFlavour } from "../flavour.ts";

/**
 * Lists of credentials by title and by kind walk an index. Last use and end have none: they move with each
 * use, so an index would make every batch of uses dearer (twice as long on SQLite) for a list that a person
 * looks at now and then.
 */
export async function orderedLists(db: Kysely<unknown>, { byCodePoint }: SqlFlavour): Promise<void> {
  const title = `lower(coalesce(title, '') ${byCodePoint})`;
  const statements = [
    `create index credentials_owner_title on credentials (owner_id, ${title}, id)`,
    `create index credentials_owner_kind on credentials (owner_id, kind, id)`,
    `create index credentials_title on credentials (${title}, id)`,
    `create index credentials_kind on credentials (kind, id)`,
  ];
  for (const statement of statements) {
    await sql.raw(statement).execute(db);
  }
}
