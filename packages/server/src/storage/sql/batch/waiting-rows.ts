import { CompiledQuery } from "kysely";
import type { CredentialEnd } from "../../../core/credential/credential.ts";
import { invariant } from "../../../core/errors.ts";
import { CREDENTIAL_COLUMNS, insertCredential } from "../credential-rows.ts";
import type { SqlFlavour } from "../flavour.ts";
import type { CredentialsTable } from "../schema.ts";
import { setOf } from "./row-sets.ts";
import type { SentStatements } from "./sent-statements.ts";

interface WaitingEnd {
  readonly id: string;
  readonly end: CredentialEnd;
}

/** How far the batch has come, to come back to. */
export interface WaitingPlace {
  readonly inserted: number;
  readonly ended: number;
  readonly storedInserts: number;
  readonly storedEnds: number;
}

const END_ONE =
  "update credentials set ended_at = ?, end_reason = ?, end_note = ?, sealed_secret = null where id = ? and ended_at is null";
const INSERT_SET = setOf("credentials-insert", {
  columns: CREDENTIAL_COLUMNS,
  statement: (rows) => `insert into credentials (${Object.keys(CREDENTIAL_COLUMNS).join(", ")}) ${rows}`,
});
const END_SET = setOf("credentials-end", {
  columns: { id: "text", at: "bigint", reason: "text", note: "text" },
  statement: (rows) => `update credentials
    set ended_at = done.at, end_reason = done.reason, end_note = done.note, sealed_secret = null
    from (${rows}) as done where credentials.id = done.id and credentials.ended_at is null`,
});

/**
 * New credentials and ends of the jobs of one batch that are not written yet: those of many jobs go in one
 * statement each.
 */
export class WaitingRows {
  readonly #flavour: SqlFlavour;
  readonly #inserts: CredentialsTable[] = [];
  readonly #ends: WaitingEnd[] = [];
  #storedInserts = 0;
  #storedEnds = 0;

  constructor(flavour: SqlFlavour) {
    this.#flavour = flavour;
  }

  addInsert(row: CredentialsTable): void {
    this.#inserts.push(row);
  }

  addEnd(id: string, end: CredentialEnd): void {
    this.#ends.push({ id, end });
  }

  /** How many new credentials of this owner the batch holds, written or not. */
  insertedOf(ownerId: string): number {
    return this.#inserts.filter((row) => row.owner_id === ownerId).length;
  }

  get isUntouched(): boolean {
    return this.#inserts.length === 0 && this.#ends.length === 0;
  }

  /** True if nothing waits. */
  get isStored(): boolean {
    return this.#storedInserts === this.#inserts.length && this.#storedEnds === this.#ends.length;
  }

  get place(): WaitingPlace {
    return {
      inserted: this.#inserts.length,
      ended: this.#ends.length,
      storedInserts: this.#storedInserts,
      storedEnds: this.#storedEnds,
    };
  }

  /** Back to an earlier place, after the database has undone what was written since, if anything was. */
  moveTo({ inserted, ended, storedInserts, storedEnds }: WaitingPlace): void {
    this.#inserts.length = inserted;
    this.#ends.length = ended;
    this.#storedInserts = storedInserts;
    this.#storedEnds = storedEnds;
  }

  /** Writes what waits. A credential may begin and end in the same batch, so inserts go first. */
  async store(statements: SentStatements): Promise<void> {
    const inserts = this.#inserts.slice(this.#storedInserts);
    const ends = this.#ends.slice(this.#storedEnds);
    this.#storedInserts = this.#inserts.length;
    this.#storedEnds = this.#ends.length;
    if (!this.#flavour.takesArrays) {
      await this.#storeEach(statements, inserts, ends);
      return;
    }
    if (inserts.length > 0) {
      await statements.send(INSERT_SET(inserts.map((row) => Object.values(row))));
    }
    if (ends.length > 0) {
      const rows = ends.map(({ id, end }) => [id, end.at, end.reason, end.note]);
      await statements.send(END_SET(rows), ({ numAffectedRows }) => {
        invariant(Number(numAffectedRows) === ends.length, "nobody else ends a credential meanwhile");
      });
    }
  }

  async #storeEach(
    statements: SentStatements,
    inserts: readonly CredentialsTable[],
    ends: readonly WaitingEnd[],
  ): Promise<void> {
    for (const row of inserts) {
      await statements.send(insertCredential(this.#flavour, row));
    }
    for (const { id, end } of ends) {
      await statements.send(CompiledQuery.raw(END_ONE, [end.at, end.reason, end.note, id]));
    }
  }
}
