import { openNative } from "../packages/server/src/storage/sqlite/driver.ts";

/** A fifth of a second's work, so that the process can be stopped. */
const ROWS_AT_ONCE = 100_000;

/** What differs in each copied row. All others are those of the row that is copied. */
const OWN_VALUES: Readonly<Record<string, string>> = {
  // UUIDv7 (RFC 9562 §5.7): the milliseconds, then random.
  id: "printf('%08x-%04x-7%03x-8%03x-%012x', ms >> 16, ms & 65535, abs(random()) % 4096, abs(random()) % 4096, abs(random()) % 281474976710656)",
  title: "'job ' || n",
  hint: "'mmt_…' || substr(printf('%04d', n), -4)",
  digest: "randomblob(32)",
  created_at: "ms",
};

/**
 * Copies the credentials of a SQLite file, which no server has open, until there are that many: rows alone,
 * whose secrets nobody has and of which no event tells. Ten million take minutes where `fillWithCredentials`
 * takes half an hour. Two in a hundred belong to one owner.
 */
export function fillWithRows(path: string, count: number): void {
  const file = openNative(path);
  // Only here: a file that is lost is filled anew.
  file.exec("pragma journal_mode = wal; pragma synchronous = off; pragma cache_size = -800000");
  const [{ stored } = { stored: 0 }] = file.prepare("select count(*) stored from credentials").all() as {
    stored: number;
  }[];
  const columns = (
    file.prepare("select name from pragma_table_info('credentials')").all() as { name: string }[]
  ).map(({ name }) => name);
  const indexes = file
    .prepare("select name, sql from sqlite_master where tbl_name = 'credentials' and type = 'index'")
    .all() as { name: string; sql: string | null }[];
  const own = indexes.filter(({ sql }) => sql !== null);
  file.exec(own.map(({ name }) => `drop index ${name};`).join("\n"));
  file.exec(
    `create temp table copied as select *, row_number() over () - 1 as place from credentials limit 1000`,
  );
  const first = Date.now() - count;
  const insert = file.prepare(`
    with recursive numbers (n) as (select ? union all select n + 1 from numbers where n + 1 < ?),
      dated as (select n, ? + n as ms, case when n % 50 = 0 then 0 else n % 1000 end as source from numbers)
    insert into credentials (${columns.join(", ")})
    select ${columns.map((name) => OWN_VALUES[name] ?? `copied.${name}`).join(", ")}
    from dated join copied on copied.place = dated.source`);
  for (let from = stored; from < count; from += ROWS_AT_ONCE) {
    insert.run(from, Math.min(from + ROWS_AT_ONCE, count), first);
  }
  for (const { sql } of own) {
    file.exec(sql as string);
  }
  file.exec("pragma wal_checkpoint(truncate)");
  file.close();
}
