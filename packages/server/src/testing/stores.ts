import { join } from "node:path";
import type { Store } from "../core/store.ts";
import type { Clock } from "../core/world.ts";
import { openPostgresStore } from "../storage/postgres/open.ts";
import { openNative } from "../storage/sqlite/driver.ts";
import { openSqliteStore } from "../storage/sqlite/open.ts";
import { Listeners } from "./listeners.ts";
import { startPostgres } from "./postgres.ts";

/** Every store that a promise must hold on. */
export const STORES = ["SQLite", "PostgreSQL"] as const;
export type StoreName = (typeof STORES)[number];

export interface StoreChoice {
  /** For `createHarness`; undefined means its own throw-away SQLite file. */
  readonly openStore?: ((directory: string, clock: Clock) => Promise<Store>) | undefined;
  /**
   * How the nodes' listening connections may be disturbed; frozen only where the server is the test's own.
   */
  readonly listeners?: Listeners;
  readonly ownsServer?: boolean;
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
    listeners: new Listeners(url),
    ownsServer: postgres.owned,
    remove: () => postgres.remove(),
  };
}

/** Opens a harness's own SQLite file, for a test that fills it before the hub does. */
export function openSqliteIn(directory: string, clock: Clock): Promise<Store> {
  return openSqliteStore(join(directory, "mintmark.sqlite"), clock);
}

/** Changes a SQLite file behind the back of the hub that has it open. */
export function alterDatabase(path: string, sql: string): void {
  const database = openNative(path);
  database.exec(sql);
  database.close();
}
