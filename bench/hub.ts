import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { anonymousCaller } from "../packages/server/src/core/credential/caller.ts";
import { Keyring } from "../packages/server/src/core/secret/keyring.ts";
import { createLogger } from "../packages/server/src/http/logging.ts";
import { createServer, type Server } from "../packages/server/src/server.ts";
import { DiskArtifactStore } from "../packages/server/src/storage/artifacts/artifact-store.ts";
import { openSqliteStore } from "../packages/server/src/storage/sqlite/open.ts";
import { Argon2Hasher } from "../packages/server/src/system/argon2-hasher.ts";
import { systemClock } from "../packages/server/src/system/clock.ts";
import { systemEntropy } from "../packages/server/src/system/entropy.ts";
import { POLICY } from "../packages/server/src/testing/harness.ts";

export const NOBODY = anonymousCaller({ address: null, agent: "bench" });

/** A hub in this process, as a running server has it, on a throw-away SQLite file. */
export async function openHub(): Promise<{ server: Server; directory: string; remove(): Promise<void> }> {
  const directory = mkdtempSync(join(tmpdir(), "mintmark-bench-"));
  const server = await createServer({
    store: await openSqliteStore(join(directory, "mintmark.sqlite"), systemClock),
    artifacts: await DiskArtifactStore.open(directory),
    clock: systemClock,
    entropy: systemEntropy,
    keyring: Keyring.of(Buffer.alloc(32, 9)),
    passwords: new Argon2Hasher(),
    policy: POLICY,
    indexEntries: 200_000,
    logger: createLogger("silent"),
    trustedProxies: [],
    metricsReaders: null,
    dialectOptions: { galaxyPrefix: "/api/galaxy" },
  });
  return {
    server,
    directory,
    remove: async () => {
      await server.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
