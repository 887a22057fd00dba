import { startPostgres } from "../packages/server/src/testing/postgres.ts";
import type { STORES } from "../packages/server/src/testing/stores.ts";

export interface StoreEnvironment {
  /** The options that make a server use the store. */
  readonly env: Record<string, string>;
  remove(): Promise<void>;
}

/** A store that outlives the servers that are killed on it. */
export async function openStore(name: (typeof STORES)[number]): Promise<StoreEnvironment> {
  if (name === "SQLite") {
    return { env: {}, remove: async () => undefined };
  }
  const postgres = await startPostgres();
  return {
    env: {
      MINTMARK_DATABASE_URL: await postgres.createDatabase(),
      MINTMARK_MASTER_KEY: Buffer.alloc(32, 5).toString("base64"),
    },
    remove: () => postgres.remove(),
  };
}
