import { CompiledQuery, type Kysely } from "kysely";
import type { Credential } from "../../../core/credential/credential.ts";
import type { Foreseen, Writes } from "../../../core/store.ts";
import type { SqlAccounts } from "../accounts.ts";
import type { AuditTail } from "../audit.ts";
import type { SqlCredentials } from "../credentials.ts";
import type { SqlFlavour } from "../flavour.ts";
import { Savepoints } from "../savepoints.ts";
import type { Database } from "../schema.ts";
import type { SqlSessions } from "../sessions.ts";
import { batchCredentials } from "./batch-credentials.ts";
import { readForeseen } from "./foresight.ts";
import { type Remembered, remembering } from "./remembered.ts";
import type { RoomBounds } from "./room-bounds.ts";
import type { SentStatements } from "./sent-statements.ts";
import { WaitingRows } from "./waiting-rows.ts";

interface Parts {
  readonly db: Kysely<Database>;
  readonly flavour: SqlFlavour;
  readonly statements: SentStatements;
  readonly tail: AuditTail;
  readonly rooms: RoomBounds;
  readonly repos: Writes & {
    readonly accounts: SqlAccounts;
    readonly sessions: SqlSessions;
    readonly credentials: SqlCredentials;
  };
}

/**
 * The jobs of one transaction, one after another. What most jobs do (issue a credential, end one) takes no
 * statement of its own: what they read was read for all of them, what they write waits for the others. A job
 * that does more gets a savepoint before its first statement. A job that fails is undone alone.
 */
export class JobBatch {
  readonly writes: Writes;
  readonly #parts: Parts;
  readonly #waiting: WaitingRows;
  readonly #savepoints: Savepoints;
  readonly #remembered: Remembered = new Map();
  readonly #known = new Map<string, Credential | null>();
  readonly #touched = new Set<string>();
  #hasSavepoint = false;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#waiting = new WaitingRows(parts.flavour);
    this.#savepoints = new Savepoints(parts.statements, parts.flavour);
    const beforeStatement = () => this.#beforeStatement();
    const credentials = batchCredentials({
      inner: parts.repos.credentials,
      waiting: this.#waiting,
      rooms: parts.rooms,
      known: this.#known,
      touched: this.#touched,
      lastEvent: () => parts.tail.head.seq,
      isUntouched: () =>
        this.#waiting.isUntouched && parts.tail.events.length === 0 && !this.#savepoints.isOpen,
      beforeStatement,
    });
    this.writes = remembering({ ...parts.repos, credentials }, this.#remembered, beforeStatement);
  }

  /** Reads the rows that these jobs will ask for, if that saves round trips. Called before they run. */
  async foresee(jobs: readonly Foreseen[], head: Promise<number>): Promise<void> {
    if (this.#parts.flavour.takesArrays && jobs.length > 0) {
      const { repos, rooms } = this.#parts;
      await readForeseen({ ...repos, rooms, remembered: this.#remembered, known: this.#known }, jobs, head);
    }
  }

  /** Runs one job so that its failure undoes that job alone. */
  async isolate<Result>(job: (writes: Writes) => Promise<Result>): Promise<Result> {
    const waiting = this.#waiting.place;
    const events = this.#parts.tail.beginJob();
    this.#hasSavepoint = false;
    this.#touched.clear();
    try {
      return await job(this.writes);
    } catch (error) {
      await this.#undo();
      this.#waiting.moveTo(waiting);
      this.#parts.tail.moveTo(events);
      throw error;
    } finally {
      this.#parts.statements.requireSound();
    }
  }

  /** Writes what waits. */
  async store(): Promise<void> {
    await this.#waiting.store(this.#parts.statements);
    await this.#parts.tail.store(this.#parts.statements);
  }

  async #undo(): Promise<void> {
    if (this.#hasSavepoint) {
      await this.#parts.db.executeQuery(UNDO);
      this.#remembered.clear();
      this.#known.clear();
      return;
    }
    for (const id of this.#touched) {
      this.#known.delete(id);
    }
  }

  async #beforeStatement(): Promise<void> {
    if (!this.#hasSavepoint) {
      this.#hasSavepoint = true;
      await this.#savepoints.next();
      this.#parts.tail.noteSavepoint();
    }
    // Inside the savepoint, also what earlier jobs left: it waits again if this job is undone.
    await this.#waiting.store(this.#parts.statements);
  }
}

const UNDO = CompiledQuery.raw("rollback to savepoint job");
