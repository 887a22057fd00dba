import { setTimeout as delay } from "node:timers/promises";
import { Kysely, Migrator, PostgresDialect } from "kysely";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ActivityLedger } from "../../core/activity/activity-ledger.ts";
import { purgeJob } from "../../core/credential/purge-job.ts";
import { Jobs } from "../../core/jobs/jobs.ts";
import { entropy } from "../../testing/entropy.ts";
import { Listeners } from "../../testing/listeners.ts";
import { startPostgres, type TestPostgres } from "../../testing/postgres.ts";
import { storeContract } from "../contract.ts";
import { collectionsContract } from "../contract-collections.ts";
import { beginning } from "../sql/migrations/0001-beginning.ts";
import type { Database } from "../sql/schema.ts";
import { openPostgresStore, POSTGRES_FLAVOUR } from "./open.ts";

const clock = { now: () => Date.now() };
const ignore = () => undefined;

describe("PostgreSQL", () => {
  let server: TestPostgres;
  let url = "";

  beforeAll(async () => {
    server = await startPostgres();
    url = await server.createDatabase();
  }, 60_000);

  afterAll(() => server.remove());

  storeContract({
    open: (given) => openPostgresStore(url, given, ignore),
    shared: true,
    reset: async () => {
      url = await server.createDatabase();
    },
  });

  describe("with collections", () => {
    collectionsContract(async () => openPostgresStore(await server.createDatabase(), clock, ignore));
  });

  test("a schema that a newer version made is refused, not guessed at", async () => {
    await (await openPostgresStore(url, clock, ignore)).close();
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    await client.query(
      "insert into kysely_migration (name, timestamp) values ('9999-tomorrow', '2030-01-01')",
    );
    await client.end();

    await expect(openPostgresStore(url, clock, ignore)).rejects.toThrow(/9999-tomorrow.*newer Mintmark/);
  });

  test("a database of the first release gets what is new, and keeps what it has", async () => {
    await (await openPostgresStore(url, clock, ignore)).close();
    const whole = await indexesOf(url);
    const old = await server.createDatabase();
    await makeFirstRelease(old);

    const second = await openPostgresStore(old, clock, ignore);

    expect(await second.read.settings.get("kept")).toBe("yes");
    expect(await indexesOf(old)).toEqual(whole);
    await second.close();
  });

  // The driver throws the news of a broken connection at the process where nobody listens for it, and a pool
  // listens only at idle ones.
  test("a connection that breaks in the middle of a change fails that change, and nothing else", async () => {
    const store = await openPostgresStore(url, clock, ignore);
    const change = store.write(async (writes) => {
      await new Listeners(url).query(
        "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'mintmark' and datname = current_database()",
      );
      await delay(50);
      await writes.settings.set("a", "1");
    });

    await expect(change).rejects.toMatchObject({ code: "store_unavailable" });
    await store.write((writes) => writes.settings.set("a", "2"));
    expect(await store.read.settings.get("a")).toBe("2");
    await store.close();
  });

  // Uses are written every few seconds by every node; they must not wait for changes, nor changes for them.
  test("uses are counted while another node holds the audit log", async () => {
    const store = await openPostgresStore(url, clock, ignore);
    const other = new pg.Client({ connectionString: url });
    await other.connect();
    await other.query("begin");
    await other.query("select * from audit_head for update");

    await store.write((writes) => writes.usage.addDaily([{ credentialId: "c", day: 1, count: 2 }]), "apart");

    expect(await store.read.usage.daily("c", 0)).toEqual([{ credentialId: "c", day: 1, count: 2 }]);
    await other.query("rollback");
    await other.end();
    await store.close();
  });

  // What every node does now and then must not wait for the changes of all nodes, nor they for it.
  test("verdicts are counted, jobs leased and old records removed while another node holds the audit log", async () => {
    const store = await openPostgresStore(url, clock, ignore);
    const other = new pg.Client({ connectionString: url });
    await other.connect();
    await other.query("begin");
    await other.query("select * from audit_head for update");
    const ledger = new ActivityLedger({ store, clock, running: () => [{ name: "accepted", count: 3 }] });
    const job = purgeJob({ store, clock });
    const jobs = new Jobs({ store, clock, entropy }, [job]);

    await ledger.flush();
    const run = await jobs.run(job.name);

    expect(await store.read.activity.since("day", 0)).toMatchObject([{ name: "accepted", count: 3 }]);
    expect(run).toMatchObject({ outcome: "finished" });
    await other.query("rollback");
    await other.end();
    await store.close();
  });

  test("of nodes that ask for a job in one moment exactly one gets it", async () => {
    const stores = await Promise.all([1, 2, 3].map(() => openPostgresStore(url, clock, ignore)));
    const request = { job: "sweep", now: 0, leaseMs: 15_000, dueIfStartedBefore: null };
    const answers = await Promise.all(
      stores.map((store, node) =>
        store.write((writes) => writes.jobs.take({ ...request, holder: `node ${node}` }), "apart"),
      ),
    );

    expect(answers.filter((answer) => answer !== "held")).toEqual([{ cursor: null }]);
    await Promise.all(stores.map((store) => store.close()));
  });

  test("uses of what another change holds are counted after it", async () => {
    const store = await openPostgresStore(url, clock, ignore);
    const use = { credentialId: "c", day: 1, count: 2 };
    await store.write((writes) => writes.usage.addDaily([use]), "apart");
    const other = new pg.Client({ connectionString: url });
    await other.connect();
    await other.query("begin");
    await other.query("update daily_uses set count = 10");

    const counted = store.write((writes) => writes.usage.addDaily([use]), "apart");
    await delay(400);
    await other.query("commit");
    await counted;

    expect(await store.read.usage.daily("c", 0)).toEqual([{ ...use, count: 12 }]);
    await other.end();
    await store.close();
  });

  test("a server that went away is said as such, and the store works again when it is back", async () => {
    const store = await openPostgresStore(await server.createDatabase(), clock, ignore);
    await store.write((writes) => writes.settings.set("a", "1"));

    await server.stop();
    await expect(store.read.settings.get("a")).rejects.toMatchObject({ code: "store_unavailable" });
    await expect(store.write((writes) => writes.settings.set("a", "2"))).rejects.toMatchObject({
      code: "store_unavailable",
    });
    await server.start();

    expect(await store.read.settings.get("a")).toBe("1");
    await store.write((writes) => writes.settings.set("a", "3"));
    await store.close();
  });
});

async function indexesOf(url: string): Promise<readonly unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const found = await client.query(
    "select indexdef from pg_indexes where schemaname = 'public' order by indexdef",
  );
  await client.end();
  return found.rows;
}

/** A database as the first release left it, with a setting in it. */
async function makeFirstRelease(url: string): Promise<void> {
  const pool = new pg.Pool({ connectionString: url });
  const db = new Kysely<Database>({ dialect: new PostgresDialect({ pool }) });
  const up = (target: Kysely<unknown>) => beginning(target, POSTGRES_FLAVOUR);
  const provider = { getMigrations: () => Promise.resolve({ "0001-beginning": { up } }) };
  const { error } = await new Migrator({ db, provider }).migrateToLatest();
  expect(error).toBeUndefined();
  await db.insertInto("settings").values({ name: "kept", value: "yes" }).execute();
  await db.destroy();
}
