import { CompiledQuery, type Kysely } from "kysely";
import { invariant } from "../../../core/errors.ts";
import type { LoggedStates, RestoreWrites } from "../../../core/restore/ports.ts";
import type { SqlFlavour } from "../flavour.ts";
import type { Database } from "../schema.ts";
import { SqlSettings } from "../settings.ts";
import { ENDS_PLACE_SETTING } from "./ends-recorder.ts";
import { LoggedImages } from "./logged-images.ts";
import { isKnownPower, type PowerImage, readCell } from "./power-rows.ts";
import { ENDED_TABLES } from "./table-decisions.ts";

const FREEZE_REASON = "the hub was restored from a backup";

/** Sets of rows come whole from the log, also those of what the backup does not hold. */
const ROWS_OF_NOBODY = [
  "delete from team_members where team_id not in (select id from teams) or account_id not in (select id from accounts)",
  "delete from service_stewards where service_id not in (select id from accounts) or account_id not in (select id from accounts)",
  "delete from external_links where account_id not in (select id from accounts)",
  "delete from grants where holder not in ('anonymous', 'authenticated') and holder not in (select id from accounts) and holder not in (select id from teams)",
];

const COLUMN_NAME = /^[a-z_]+$/;

export class SqlRestore implements RestoreWrites {
  readonly #db: Kysely<Database>;
  readonly #flavour: SqlFlavour;

  constructor(db: Kysely<Database>, flavour: SqlFlavour) {
    this.#db = db;
    this.#flavour = flavour;
  }

  async endTransient(): Promise<void> {
    for (const table of ENDED_TABLES) {
      await this.#db.deleteFrom(table).execute();
    }
    // The log went on after the backup, so the restored hub opens another.
    await new SqlSettings(this.#db).remove(ENDS_PLACE_SETTING);
  }

  async replay(states: LoggedStates): Promise<void> {
    invariant(states instanceof LoggedImages, "the states come from an ends log");
    for (const image of states.images) {
      invariant(isKnownPower(image), "the ends log names a table of power");
      await (image.isSet === true ? this.#replaceSet(image) : this.#bringToState(image));
    }
    for (const statement of ROWS_OF_NOBODY) {
      await this.#run(statement, []);
    }
  }

  async freezeEarlier(
    createdUntil: number,
    { at, by }: { readonly at: number; readonly by: string },
  ): Promise<number> {
    const result = await this.#db
      .updateTable("credentials")
      .set({ frozen_at: at, frozen_by: by, frozen_class: "administrator", frozen_reason: FREEZE_REASON })
      .set({ frozen_until: null })
      .where("ended_at", "is", null)
      .where("created_at", "<=", createdUntil)
      .where((row) => row.or([row("frozen_at", "is", null), row("frozen_class", "=", "owner")]))
      .executeTakeFirst();
    // A million images do not fit into a record of the ends log. Without a place the next record opens a new
    // log, and earlier backups cannot be restored with the old one.
    await new SqlSettings(this.#db).remove(ENDS_PLACE_SETTING);
    return Number(result.numUpdatedRows);
  }

  /** The row of that key, if the backup holds it, as the image has it; gone if the image has none. */
  async #bringToState({ table, by, key, rows: [row] }: PowerImage): Promise<void> {
    const place = (at: number): string => this.#flavour.placeholder(at, "text");
    if (row === undefined) {
      await this.#run(`delete from ${table} where ${by} = ${place(1)}`, [key]);
      return;
    }
    const columns = Object.keys(row).filter((column) => column !== by);
    invariant(
      columns.every((column) => COLUMN_NAME.test(column)),
      "columns of the ends log are names",
    );
    const sets = columns.map((column, at) => `${column} = ${this.#cell(at + 1)}`).join(", ");
    const values = columns.map((column) => readCell(row[column] ?? null));
    await this.#run(`update ${table} set ${sets} where ${by} = ${place(columns.length + 1)}`, [
      ...values,
      key,
    ]);
  }

  /** All rows of that key are exchanged for those of the image. */
  async #replaceSet({ table, by, key, rows }: PowerImage): Promise<void> {
    await this.#run(`delete from ${table} where ${by} = ${this.#flavour.placeholder(1, "text")}`, [key]);
    for (const row of rows) {
      const columns = Object.keys(row);
      invariant(
        columns.every((column) => COLUMN_NAME.test(column)),
        "columns of the ends log are names",
      );
      const cells = columns.map((_, at) => this.#cell(at + 1)).join(", ");
      const values = columns.map((column) => readCell(row[column] ?? null));
      await this.#run(`insert into ${table} (${columns.join(", ")}) values (${cells})`, values);
    }
  }

  /** A parameter that takes its type from the column. */
  #cell(position: number): string {
    return this.#flavour.locksRows ? `$${position}` : "?";
  }

  async #run(statement: string, values: readonly unknown[]): Promise<void> {
    await this.#db.executeQuery(CompiledQuery.raw(statement, [...values]));
  }
}
