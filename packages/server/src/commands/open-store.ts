import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Config } from "../config/options.ts";
import { keyAudit } from "../core/audit/seal.ts";
import { HubError } from "../core/errors.ts";
import { Keyring, type MasterKeys } from "../core/secret/keyring.ts";
import type { Store } from "../core/store.ts";
import { masterKeyPath } from "../data-dir.ts";
import { readKeyFile } from "../key-file.ts";
import { openEndsLog } from "../storage/ends-log/ends-file.ts";
import { openPostgresStore } from "../storage/postgres/open.ts";
import { openSqliteStore } from "../storage/sqlite/open.ts";
import { systemClock } from "../system/clock.ts";
import { systemEntropy } from "../system/entropy.ts";
import type { Invocation } from "./command.ts";
import { CommandError, EXIT } from "./exit-codes.ts";

/** Where the embedded database of this configuration lies. */
export function databasePath(config: Config): string {
  return join(resolve(config.dataDir), "mintmark.sqlite");
}

/** Throws `CommandError` if the configuration names no database that exists. */
export function requireDatabase(config: Config): void {
  const path = databasePath(config);
  if (config.databaseUrl === undefined && !existsSync(path)) {
    throw new CommandError(
      EXIT.noInput,
      `there is no database at ${path}. Give the options that the server runs with (MINTMARK_DATA_DIR or MINTMARK_DATABASE_URL).`,
    );
  }
}

/**
 * Opens the store of a server, which may be running: its directory is not locked and its schema is not
 * changed. A running server notices what is written and forgets what it had in memory. Throws `CommandError`,
 * and what opening throws.
 */
async function openStoreBesideServer({
  config,
  terminal,
}: Pick<Invocation, "config" | "terminal">): Promise<Store> {
  requireDatabase(config);
  const ends = openEndsLog(config.endsLog, (sentence) => terminal.note(`${sentence}\n`));
  const masterKeys = masterKeysOf(config);
  const store =
    config.databaseUrl === undefined
      ? await openSqliteStore(databasePath(config), systemClock, { besideServer: true, ends })
      : await openPostgresStore(config.databaseUrl.reveal(), systemClock, () => undefined, {
          besideServer: true,
          ends,
        });
  if (masterKeys === null) {
    // Commands that only read do without it.
    store.keyAudit(() => {
      throw new HubError("internal", { detail: "a command without the master key writes to the audit log" });
    });
  } else {
    await keyAudit({ store, keyring: new Keyring(masterKeys), entropy: systemEntropy });
  }
  return store;
}

function masterKeysOf({ masterKey, dataDir }: Config): MasterKeys | null {
  return masterKey ?? readKeyFile(masterKeyPath(resolve(dataDir)));
}

/** For commands that change something: the audit log takes the key. Throws `CommandError`. */
export function requireMasterKey(config: Config): void {
  if (masterKeysOf(config) === null) {
    throw new CommandError(
      EXIT.config,
      "give the master key of the server with MINTMARK_MASTER_KEY or MINTMARK_MASTER_KEY_FILE",
    );
  }
}

/** Runs work on the store of a server, which may be running, and closes it. */
export async function withStore<Result>(
  invocation: Pick<Invocation, "config" | "terminal">,
  work: (store: Store) => Promise<Result>,
): Promise<Result> {
  const store = await openStoreBesideServer(invocation);
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}
