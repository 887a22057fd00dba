import { type Kysely, sql } from "kysely";

const NO_WORDS = '{"company":"","email":"","avatarUrl":"","description":"","resources":"","links":[]}';

/**
 * Namespaces get a row of their own, with the words that galaxy_ng's clients give them; those in use get an
 * empty one.
 */
export async function namespaces(db: Kysely<unknown>): Promise<void> {
  const statements = [
    `create table namespaces (
      name text primary key, number bigint not null unique, words text not null, created_at bigint not null)`,
    `insert into namespaces (name, number, words, created_at)
      select namespace, row_number() over (order by namespace), '${NO_WORDS}', min(created_at)
      from collection_versions group by namespace`,
  ];
  for (const statement of statements) {
    await sql.raw(statement).execute(db);
  }
}
