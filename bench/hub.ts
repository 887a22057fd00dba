import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { anonymousCaller } from "../packages/server/src/core/caller.ts";
import { Keyring } from "../packages/server/src/core/secret/keyring.ts";
import type { Store } from "../packages/server/src/core/store.ts";
import { createLogger } from "../packages/server/src/http/logging.ts";
import { createServer, type Server } from "../packages/server/src/server.ts";
import { DiskArtifactStore } from "../packages/server/src/storage/artifacts/artifact-store.ts";
import { openSqliteStore } from "../packages/server/src/storage/sqlite/open.ts";
import { Argon2Hasher } from "../packages/server/src/system/argon2-hasher.ts";
import { systemClock } from "../packages/server/src/system/clock.ts";
import { systemEntropy } from "../packages/server/src/system/entropy.ts";
import { LOOPBACK_ONLY, POLICY } from "../packages/server/src/testing/harness.ts";

export const NOBODY = anonymousCaller({ address: null, agent: "bench" });
/** Of throw-away hubs; a server that is to read what one has stored needs it too. */
export const MASTER_KEY = Buffer.alloc(32, 9);

export interface HubPlace {
  /** Made, and removed again, where none is given. */
  readonly directory?: string;
  /** SQLite in the directory where none is given. */
  readonly store?: Store;
  /** As a server has it by default where none is given. */
  readonly indexEntries?: number;
}

export interface OpenHub {
  readonly server: Server;
  readonly store: Store;
  readonly directory: string;
  remove(): Promise<void>;
}

/** A hub in this process, as a running server has it. */
export async function openHub(place: HubPlace = {}): Promise<OpenHub> {
  const directory = place.directory ?? mkdtempSync(join(tmpdir(), "mintmark-bench-"));
  const store = place.store ?? (await openSqliteStore(join(directory, "mintmark.sqlite"), systemClock));
  const server = await createServer({
    store,
    artifacts: await DiskArtifactStore.open(directory),
    clock: systemClock,
    entropy: systemEntropy,
    keyring: Keyring.of(MASTER_KEY),
    passwords: new Argon2Hasher(),
    signIn: { oidc: null, ldap: null, local: "on" },
    outgoing: LOOPBACK_ONLY,
    policy: { ...POLICY, credentialsPerOwner: 1_000_000 },
    indexEntries: place.indexEntries ?? 1_000_000,
    logger: createLogger("silent", { write: () => undefined }),
    trustedProxies: [],
    metricsReaders: null,
    dialectOptions: { galaxyPrefix: "/api/galaxy" },
  });
  return {
    server,
    store,
    directory,
    remove: async () => {
      await server.close();
      if (place.directory === undefined) {
        rmSync(directory, { recursive: true, force: true });
      }
    },
  };
}
