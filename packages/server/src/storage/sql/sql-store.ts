import type { CompiledQuery, Kysely } from "kysely";
import type { AuditMac } from "../../core/audit/events.ts";
import { HubError } from "../../core/errors.ts";
import type { Receipt } from "../../core/receipt/receipt.ts";
import type { Change, Foreseen, JobSize, Reads, Store, StoreVitals, Writes } from "../../core/store.ts";
import { nextTurn } from "../../core/turn.ts";
import type { Clock } from "../../core/world.ts";
import { SqlAccounts, SqlSharedGrants } from "./accounts.ts";
import { SqlActivity } from "./activity.ts";
import { AuditTail, SqlAuditReads, SqlAuditWrites } from "./audit.ts";
import { JobBatch } from "./batch/job-batch.ts";
import { RoomBounds } from "./batch/room-bounds.ts";
import { SentStatements } from "./batch/sent-statements.ts";
import { SqlClients } from "./clients.ts";
import { SqlCollections } from "./collections.ts";
import { SqlCredentials } from "./credentials.ts";
import { EndsRecorder, type EndsSink } from "./ends/ends-recorder.ts";
import { SqlRestore } from "./ends/sql-restore.ts";
import { SqlExternalLinks } from "./external-links.ts";
import type { SqlFlavour } from "./flavour.ts";
import { SqlInstances } from "./instances.ts";
import { SqlJobs } from "./jobs.ts";
import { SqlKeyVersions } from "./key-versions.ts";
import { SqlLogins } from "./logins.ts";
import { SqlMail } from "./mail.ts";
import { type NodeAnswers, toReceipt } from "./node-answer.ts";
import { readsFrom } from "./reads.ts";
import type { Database } from "./schema.ts";
import { SqlServices } from "./services.ts";
import { SqlSessions } from "./sessions.ts";
import { SqlSettings } from "./settings.ts";
import { SqlSigningKeys } from "./signing-keys.ts";
import { SqlStatistics } from "./statistics.ts";
import { SqlTeams } from "./teams.ts";
import { SqlUsage } from "./usage.ts";
import { SqlWarnings } from "./warnings.ts";
import { SqlWebhooks } from "./webhooks.ts";
import { type Batch, WriteQueue } from "./write-queue.ts";

/** What each database adds to the shared store. */
export interface SqlBackend {
  readonly flavour: SqlFlavour;
  /** For reads of committed state; never waits for the writer. */
  readonly reader: Kysely<Database>;
  /** For reads of committed state that may take long; null if the reader serves them as well. */
  readonly longReader: { readonly db: Kysely<Database>; isNeeded(): boolean } | null;
  /**
   * Runs work on one connection, in one transaction that is durable when the promise resolves. One that holds
   * a large job may run where it does not hold the event loop. The work returns the answers it did not wait
   * for; the transaction fails if one of them does.
   */
  transact(
    work: (db: Kysely<Database>) => Promise<readonly Promise<unknown>[]>,
    size: JobSize,
  ): Promise<void>;
  /** The statements that publish the changes to other nodes when the transaction commits. */
  publish(changes: readonly Change[]): readonly CompiledQuery[];
  /** Calls back with the changes that other nodes made. */
  subscribe(listener: (change: Change) => void): void;
  hearsChanges(): boolean;
  /**
   * Resolves when all active nodes have applied what this one committed before the call, or when the bound
   * has passed; never rejects.
   */
  collectReceipt(): Promise<NodeAnswers>;
  readonly vitals: Omit<StoreVitals, "commits">;
  close(): Promise<void>;
}

export class SqlStore implements Store {
  readonly read: Reads;
  readonly vitals: StoreVitals;
  readonly #backend: SqlBackend;
  readonly #clock: Clock;
  #auditMac: AuditMac | null = null;
  readonly #ends: EndsRecorder;
  readonly #sink: EndsSink | null;
  readonly #queue: WriteQueue<Writes>;
  readonly #rooms = new RoomBounds();
  readonly #listeners: ((change: Change) => void)[] = [];

  constructor(backend: SqlBackend, clock: Clock, ends: EndsSink | null = null) {
    this.#backend = backend;
    this.#clock = clock;
    this.#ends = new EndsRecorder(ends, clock, backend.flavour);
    this.#sink = ends;
    const { reader, longReader, flavour } = backend;
    const longReads = longReader && reposOver(longReader.db, flavour);
    this.read = readsFrom({
      quick: reposOver(reader, flavour),
      long: () => (longReader?.isNeeded() ? longReads : null),
      asFailure: (error) => asHubError(error, flavour),
    });
    this.#queue = new WriteQueue((work, size) => this.#transact(work, size), flavour.isRefusal);
    this.vitals = { ...backend.vitals, commits: this.#queue.commits };
    backend.subscribe((change) => void this.#tell([change]));
  }

  async write<Result>(
    job: (writes: Writes) => Promise<Result>,
    size: JobSize = "small",
    foreseen: Foreseen = {},
  ): Promise<Result> {
    try {
      return size === "apart" && this.#backend.flavour.locksRows
        ? await this.#writeApart(job)
        : await this.#queue.run(job, size, foreseen);
    } catch (error) {
      throw asHubError(error, this.#backend.flavour);
    }
  }

  onChange(listener: (change: Change) => void): void {
    this.#listeners.push(listener);
  }

  get isOnlyWriter(): boolean {
    return !this.#backend.flavour.locksRows;
  }

  hearsChanges(): boolean {
    return this.#backend.hearsChanges();
  }

  async collectReceipt(): Promise<Receipt> {
    const askedAt = this.#clock.now();
    const began = performance.now();
    const answers = await this.#backend.collectReceipt();
    return toReceipt(answers, askedAt, performance.now() - began);
  }

  keyAudit(mac: AuditMac): void {
    this.#auditMac = mac;
  }

  async ping(): Promise<void> {
    await this.read.settings.get("ping");
  }

  async close(): Promise<void> {
    await this.#queue.idle();
    await this.#backend.close();
    await this.#sink?.close();
  }

  /** Opens the ends log, if there is one. Throws if it cannot be written; the store is closed then. */
  async withEndsOpen(): Promise<this> {
    try {
      await (this.#sink ? this.#openEnds() : undefined);
      return this;
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  async #openEnds(): Promise<void> {
    await this.#backend.transact(async (db) => {
      await this.#ends.begin(db, await new AuditTail(db, this.#backend.flavour).open());
      return [];
    }, "small");
  }

  /**
   * Runs a job in a transaction of its own, while those of the queue go on. If it meets another's lock, it
   * waits its turn in the queue instead.
   */
  async #writeApart<Result>(job: (writes: Writes) => Promise<Result>): Promise<Result> {
    let outcome: { readonly result: Result } | null = null;
    try {
      await this.#transact(async (batch) => {
        outcome = { result: await job(batch.writes) };
      }, "apart");
    } catch (error) {
      if (!this.#backend.flavour.isRefusal(error)) {
        throw error;
      }
    }
    return outcome ? (outcome as { readonly result: Result }).result : this.#queue.run(job, "large");
  }

  async #transact(work: (batch: Batch<Writes>) => Promise<void>, size: JobSize): Promise<void> {
    const changes: Change[] = [];
    try {
      await this.#backend.transact((db) => this.#runBatch(db, work, { changes, size }), size);
    } finally {
      // Also when it failed: a connection that breaks while it commits leaves open whether it did.
      await this.#tell(changes);
    }
  }

  async #runBatch(
    db: Kysely<Database>,
    work: (batch: Batch<Writes>) => Promise<void>,
    { changes, size }: { readonly changes: Change[]; readonly size: JobSize },
  ): Promise<readonly Promise<unknown>[]> {
    const { flavour } = this.#backend;
    const statements = new SentStatements(db, flavour.locksRows);
    const tail = new AuditTail(db, flavour);
    const repos = {
      ...reposOver(db, flavour),
      jobs: new SqlJobs(db),
      restore: new SqlRestore(db, flavour),
      audit: new SqlAuditWrites(db, flavour, tail, { statements, clock: this.#clock, mac: this.#auditMac }),
      announce: (change: Change) => void changes.push(change),
    };
    const batch = new JobBatch({ db, flavour, statements, tail, repos, rooms: this.#rooms });
    const isOrdered = size !== "apart" || !flavour.locksRows;
    if (isOrdered) {
      // What the jobs that wait now will read is asked for behind the lock, in the same round trip.
      const head = tail.open();
      await Promise.all([
        head,
        batch.foresee(
          this.#queue.foreseen(),
          head.then(({ seq }) => seq),
        ),
      ]);
    }
    await work({
      writes: batch.writes,
      foresee: (jobs) => batch.foresee(jobs, Promise.resolve(tail.head.seq)),
      isolate: async (job) => {
        const before = changes.length;
        try {
          return await batch.isolate(job);
        } catch (error) {
          changes.length = before;
          throw error;
        }
      },
    });
    await batch.store();
    if (tail.isOpen) {
      await this.#ends.record({ db, statements }, { changes, events: tail.events, audit: tail.head });
    }
    for (const statement of this.#backend.publish(changes)) {
      await statements.send(statement);
    }
    statements.requireSound();
    return statements.answers;
  }

  async #tell(changes: readonly Change[]): Promise<void> {
    for (const [at, change] of changes.entries()) {
      for (const listener of this.#listeners) {
        listener(change);
      }
      // The end of a team with thousands of members is that many changes.
      if (at % TOLD_AT_ONCE === TOLD_AT_ONCE - 1) {
        await nextTurn();
      }
    }
  }
}

const TOLD_AT_ONCE = 500;

function reposOver(db: Kysely<Database>, flavour: SqlFlavour) {
  return {
    credentials: new SqlCredentials(db, flavour),
    accounts: new SqlAccounts(db, flavour),
    sharedGrants: new SqlSharedGrants(db, flavour),
    sessions: new SqlSessions(db),
    logins: new SqlLogins(db),
    instances: new SqlInstances(db, flavour),
    clients: new SqlClients(db, flavour),
    keys: new SqlSigningKeys(db),
    audit: new SqlAuditReads(db, flavour),
    settings: new SqlSettings(db),
    keyVersions: new SqlKeyVersions(db, flavour),
    usage: new SqlUsage(db, flavour),
    activity: new SqlActivity(db, flavour),
    statistics: new SqlStatistics(db),
    collections: new SqlCollections(db),
    services: new SqlServices(db),
    links: new SqlExternalLinks(db),
    teams: new SqlTeams(db, flavour),
    webhooks: new SqlWebhooks(db),
    warnings: new SqlWarnings(db),
    mail: new SqlMail(db),
  };
}

function asHubError(error: unknown, flavour: SqlFlavour): HubError {
  if (error instanceof HubError) {
    return error;
  }
  if (error instanceof TypeError || error instanceof RangeError || error instanceof ReferenceError) {
    // A programming error, which no second attempt mends.
    return new HubError("internal", { cause: error });
  }
  return new HubError(flavour.isUnstorableText(error) ? "malformed_request" : "store_unavailable", {
    cause: error,
  });
}
