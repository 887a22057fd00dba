import type { Clock, Store } from "../core/ports.ts";
import { openPostgresStore } from "../storage/postgres/open.ts";
import { openNative } from "../storage/sqlite/driver.ts";
import { startPostgres } from "./postgres.ts";

/** Every store that a promise must hold on. */
export const STORES = ["SQLite", "PostgreSQL"] as const;
export type StoreName = (typeof STORES)[number];

export interface StoreChoice {
  /** For `createHarness`; undefined means its own throw-away SQLite file. */
  readonly openStore?: ((directory: string, clock: Clock) => Promise<Store>) | undefined;
  remove(): Promise<void>;
}

/** A store of that name for a harness, on a database of its own. */
export async function chooseStore(name: StoreName): Promise<StoreChoice> {
  if (name === "SQLite") {
    return { remove: () => Promise.resolve() };
  }
  const postgres = await startPostgres();
  const url = await postgres.createDatabase();
  return {
    openStore: (_directory, clock) => openPostgresStore(url, clock, () => undefined),
    remove: () => postgres.remove(),
  };
}

/** Changes a SQLite file behind the back of the hub that has it open. */
export function alterDatabase(path: string, sql: string): void {
  const database = openNative(path);
  database.exec(sql);
  database.close();
}
