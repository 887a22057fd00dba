import type { FastifyBaseLogger, FastifyInstance } from "fastify";
import { keyAudit } from "./core/audit/seal.ts";
import { beginAuditStream } from "./core/audit-stream/stream-job.ts";
import type { ArtifactStore } from "./core/collection/ports.ts";
import type { HubContext, Policy } from "./core/context.ts";
import { applyPolicy } from "./core/credential/expire.ts";
import { Hub } from "./core/hub.ts";
import { CredentialIndex } from "./core/index/credential-index.ts";
import type { JobRun } from "./core/jobs/job.ts";
import type { MailResult } from "./core/mail/mail.ts";
import { KeyMoves } from "./core/master-key/key-moves.ts";
import { readKeyRecord, requireKeys } from "./core/master-key/key-record.ts";
import { KeyRotation } from "./core/master-key/key-rotation.ts";
import type { Outgoing } from "./core/outgoing.ts";
import type { SignInSetup } from "./core/provider/ports.ts";
import { Restored } from "./core/restore/restored.ts";
import type { Keyring, MasterKeys } from "./core/secret/keyring.ts";
import type { Store } from "./core/store.ts";
import { UsageLedger } from "./core/usage/usage-ledger.ts";
import type { Attempt } from "./core/webhook/deliver-job.ts";
import type { Clock, Entropy, PasswordHasher } from "./core/world.ts";
import { allDialects, type DialectOptions } from "./dialects.ts";
import type { LineSink } from "./http/answer-log.ts";
import { createApp } from "./http/app.ts";
import { openConsole } from "./http/console.ts";
import type { MetricsReaders } from "./http/metrics.ts";

export interface ServerParts {
  readonly store: Store;
  readonly artifacts: ArtifactStore;
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly keyring: Keyring;
  /** Reads the master keys anew if they come from a file; null if they cannot be read now. */
  readonly readMasterKeys?: () => MasterKeys | null;
  readonly passwords: PasswordHasher;
  readonly outgoing: Outgoing;
  readonly signIn: SignInSetup;
  readonly policy: Policy;
  readonly indexEntries: number;
  readonly logger: FastifyBaseLogger;
  /** How many lines the log has lost, for the metrics. */
  /** Takes the line of each answer; without it none is written. */
  readonly logLines?: LineSink;
  readonly logLinesDropped?: () => number;
  readonly trustedProxies: readonly string[];
  /** Origins whose pages may call the hub from a browser. */
  readonly corsOrigins?: readonly string[];
  readonly metricsReaders: MetricsReaders | null;
  readonly dialectOptions: Omit<DialectOptions, "page">;
  /** Where a built console lies; without one `/` is a plain page. */
  readonly consoleDirectory?: string;
}

export interface Server {
  readonly hub: Hub;
  /** What the hub is built on, for tests and benchmarks. */
  readonly context: HubContext;
  readonly app: FastifyInstance;
  /** Begins the work that goes by the clock: expiry, housekeeping, deliveries. */
  startJobs(): void;
  /** Takes up master keys that have changed, as a running server does by itself. */
  takeUpKeys(): Promise<void>;
  /** Finishes requests in flight, writes what is in memory, lets go of the store. */
  close(): Promise<void>;
}

const CLOSE_IDLE_INTERVAL_MS = 50;

/**
 * Puts a hub on its store and a server on the hub. The store is brought up to the options before the first
 * request.
 */
export async function createServer(parts: ServerParts): Promise<Server> {
  const { store, clock, logger } = parts;
  const rotation = new KeyRotation({
    store,
    keyring: parts.keyring,
    read: parts.readMasterKeys ?? (() => null),
    onFailure: (error) => logger.error({ err: error }, "the master key could not be taken up"),
  });
  const record = await readKeyRecord(store.read.settings);
  if (record) {
    requireKeys(parts.keyring, record);
    parts.keyring.use(record.current);
  }
  // Before anything is written to the audit log.
  const auditMac = await keyAudit(parts);
  await rotation.begin();
  if (parts.outgoing.auditStream) {
    await beginAuditStream(store);
  }
  const usage = new UsageLedger(store, clock, (error) =>
    logger.error({ err: error }, "uses could not be written; they stay in memory"),
  );
  const index = new CredentialIndex(store, parts.indexEntries);
  const restored = await Restored.load(store);
  const keyMoves = new KeyMoves({ store, keyring: parts.keyring, index });
  const context: HubContext = { ...parts, usage, index, restored, auditMac, keyMoves };
  const hub = new Hub(context);
  await applyPolicy(context);
  await hub.keys.ensure();
  const console =
    parts.consoleDirectory === undefined
      ? null
      : openConsole(parts.consoleDirectory, () => parts.policy.publicUrl);
  const app = await createApp({
    hub,
    dialects: allDialects(hub, { ...parts.dialectOptions, page: console?.page }),
    console,
    logger,
    logLines: parts.logLines,
    logLinesDropped: parts.logLinesDropped,
    trustedProxies: parts.trustedProxies,
    corsOrigins: parts.corsOrigins ?? [],
    metricsReaders: parts.metricsReaders,
  });
  hub.jobs.runs.watch((run) => logRun(logger, run));
  hub.webhookAttempts.watch((attempt) => logAttempt(logger, attempt));
  hub.mailsSent.watch((result) => logMail(logger, result));
  hub.recheckTroubles.watch((trouble) =>
    logger.warn(trouble, "the identity provider left a recheck open: it neither suspends nor thaws anybody"),
  );
  // Not awaited, and begun last: a start must not take longer because the store is large.
  index
    .learn()
    .catch((error: unknown) =>
      logger.warn({ err: error }, "the index was not filled; verifications will cost a look-up each"),
    );
  return {
    hub,
    context,
    app,
    takeUpKeys: () => rotation.tick(),
    startJobs: () => {
      hub.jobs.start();
      hub.activity.start((error) =>
        logger.warn({ err: error }, "counts could not be written; they stay in memory"),
      );
      rotation.start();
    },
    close: async () => {
      rotation.stop();
      const stopped = hub.jobs.stop();
      await closeApp(app);
      await stopped;
      await parts.outgoing.auditStream?.close();
      await hub.firstUses.settle();
      index.stop();
      usage.stop();
      await usage.flush();
      hub.activity.stop();
      await hub.activity.flush();
      await keyMoves.flush();
      await store.close();
    },
  };
}

/**
 * Node closes the connections that are idle when it begins to; those that become so afterwards would keep it
 * open for their keep-alive.
 */
async function closeApp(app: FastifyInstance): Promise<void> {
  const closing = setInterval(() => app.server.closeIdleConnections(), CLOSE_IDLE_INTERVAL_MS);
  try {
    await app.close();
  } finally {
    clearInterval(closing);
  }
}

function logAttempt(logger: FastifyBaseLogger, { ms, ...attempt }: Attempt): void {
  const fields = { ...attempt, ms: Math.round(ms) };
  if (attempt.outcome === "delivered") {
    logger.debug(fields, "webhook delivered");
  } else {
    logger.warn(fields, "webhook not delivered");
  }
}

function logMail(logger: FastifyBaseLogger, { outcome, line, isMisconfigured }: MailResult): void {
  if (isMisconfigured === true) {
    logger.error({ line }, "the mail server refuses this hub: check MINTMARK_MAIL_URL");
  } else if (outcome !== "accepted") {
    logger.warn({ outcome, line }, "mail not sent");
  }
}

/** A run that found no work is logged at debug level only. */
function logRun(logger: FastifyBaseLogger, { job, outcome, done, tookMs, error }: JobRun): void {
  const fields = { job, outcome, done, ms: Math.round(tookMs) };
  if (outcome === "failed") {
    logger.error({ ...fields, err: error }, "a job failed; it is tried again");
  } else if (done > 0 || outcome === "interrupted") {
    logger.info(fields, "job ran");
  } else {
    logger.debug(fields, "job ran");
  }
}
