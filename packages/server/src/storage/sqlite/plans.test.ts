import { CompiledQuery, Kysely, SqliteDialect } from "kysely";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { AuditFilter } from "../../core/audit/ports.ts";
import { SqlAuditReads } from "../sql/audit.ts";
import { SqlCredentials } from "../sql/credentials.ts";
import { SqlLogins } from "../sql/logins.ts";
import { migrate } from "../sql/migrate.ts";
import type { Database } from "../sql/schema.ts";
import { SqlSessions } from "../sql/sessions.ts";
import { SqlUsage } from "../sql/usage.ts";
import { SqlWarnings } from "../sql/warnings.ts";
import { SqlWebhooks } from "../sql/webhooks.ts";
import { type NativeDatabase, openNative, toKyselyDatabase } from "./driver.ts";
import { SQLITE_FLAVOUR } from "./open.ts";

// A statement that reads a whole table takes a tenth of a second and more at a million rows. What jobs look
// for every second or minute, and what requests ask for again and again, must follow an index.
const NOW = 1_000_000;
const sent: CompiledQuery[] = [];
let native: NativeDatabase;
let db: Kysely<Database>;

beforeAll(async () => {
  native = openNative(":memory:");
  db = new Kysely<Database>({
    dialect: new SqliteDialect({ database: toKyselyDatabase(native) }),
    log: ({ query }) => {
      sent.push(query);
    },
  });
  await migrate(db, SQLITE_FLAVOUR);
  // Without an idle time there is no idle end to look for.
  await db.executeQuery(
    CompiledQuery.raw(`insert into accounts (id, number, username, role, disabled, epoch, created_at)
      values ('a', 1, 'a', 'member', 0, 0, 0)`),
  );
  await db.executeQuery(
    CompiledQuery.raw(`insert into credentials (id, kind, owner_id, scopes, hint, digest, digest_key_version,
      created_at, expires_own, idle_ms, idle_own) values ('c', 'k', 'a', '[]', '', x'00', 1, 0, 0, 1000, 0)`),
  );
});

afterAll(() => db.destroy());

/** The steps that read a whole table or its whole index, of all statements that the work sends. */
async function scans(work: (on: Kysely<Database>) => Promise<unknown>): Promise<readonly string[]> {
  sent.length = 0;
  await work(db);
  const plans = [...sent].flatMap(({ sql, parameters }) => {
    const steps = native.prepare(`explain query plan ${sql}`).all(...parameters) as { detail: string }[];
    return steps.map(({ detail }) => detail);
  });
  expect(plans.length).toBeGreaterThan(0);
  return plans.filter((step) => /^SCAN (?!\(|near|counted|CONSTANT)/.test(step));
}

const credentials = () => new SqlCredentials(db, SQLITE_FLAVOUR);
const page = { now: NOW, after: { key: 1, id: "c" }, limit: 10 };

test.each<[string, () => Promise<unknown>]>([
  ["credentials that have expired", () => credentials().findLapsed(NOW, 10)],
  ["rotations that are due", () => credentials().findRotationsDue(NOW, 10)],
  ["freezes that end", () => credentials().findThawsDue(NOW, 10)],
  ["ended credentials that are old", () => credentials().purgeEndedBefore(NOW, 10)],
  ["how many credentials an owner has", () => credentials().countOf("a", NOW, 10)],
  [
    "which credentials of an owner end",
    () => credentials().endWhere({ ownerId: "a" }, { at: NOW, reason: "revoked", note: null }, 10),
  ],
  ["warnings of fixed ends", () => new SqlWarnings(db).expiring({ ...page, beforeMs: [5, 20] })],
  ["warnings of idle ends", () => new SqlWarnings(db).endingByDisuse({ ...page, shares: [0.5, 0.9] })],
  ["sessions that have expired", () => new SqlSessions(db).removeExpired(NOW, 10)],
  ["daily counts that are old", () => new SqlUsage(db, SQLITE_FLAVOUR).purgeDailyBefore(9, 10)],
  ["failed log-ins that are old", () => new SqlLogins(db).purge({ failures: NOW, addresses: NOW })],
  ["deliveries that are due", () => new SqlWebhooks(db).dueDeliveries("w", NOW, 10)],
  ["finished deliveries beyond those kept", () => new SqlWebhooks(db).purgeDeliveries("w", 10)],
])("%s are found by an index", async (_what, work) => {
  expect(await scans(work)).toEqual([]);
});

test.each<Omit<AuditFilter, "limit">>([
  { actor: "a" },
  { action: "credential.issue" },
  { owner: "a" },
  { ownerId: "a" },
  { credentialId: "c" },
  { since: NOW },
  { until: NOW },
  { before: 5 },
])("audit events of the filter %j are listed and counted by an index", async (filter) => {
  const audit = new SqlAuditReads(db, SQLITE_FLAVOUR);

  expect(await scans(() => audit.list({ ...filter, limit: 10 }))).toEqual([]);
  expect(await scans(() => audit.count({ ...filter, limit: 10 }))).toEqual([]);
});
