#!/usr/bin/env node
import { randomBytes } from "node:crypto";
import { existsSync, readFileSync, realpathSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { COMMANDS } from "./commands/commands.ts";
import { runCommand } from "./commands/run-command.ts";
import { processTerminal } from "./commands/terminal.ts";
import { renderHelp } from "./config/help.ts";
import { defaultPublicUrl, loadConfig } from "./config/load.ts";
import { renderMistakes } from "./config/mistakes.ts";
import type { Config } from "./config/options.ts";
import type { Outgoing } from "./core/outgoing.ts";
import { Keyring } from "./core/secret/keyring.ts";
import { Secret } from "./core/secret/secret.ts";
import type { Store } from "./core/store.ts";
import { prepareDataDir, readOrMakeMasterKey } from "./data-dir.ts";
import { FrontDoor } from "./http/front-door.ts";
import { createLogger } from "./http/logging.ts";
import { keyFileOf, readKeyFile } from "./key-file.ts";
import { MailTexts } from "./notify/mail/mail-texts.ts";
import { SmtpMailer } from "./notify/mail/smtp-mailer.ts";
import { openAuditSink } from "./notify/syslog/open-sink.ts";
import { HttpWebhookSender } from "./notify/webhook/http-webhook-sender.ts";
import { OutboundClient } from "./outbound/http-client.ts";
import { createServer, type Server } from "./server.ts";
import { openSignIn } from "./sign-in-setup.ts";
import { openArtifacts } from "./storage/artifacts/open-artifacts.ts";
import type { Sweep } from "./storage/artifacts/swept-store.ts";
import { openEndsLog } from "./storage/ends-log/ends-file.ts";
import { openPostgresStore } from "./storage/postgres/open.ts";
import { EarlierNodesError } from "./storage/sql/migrate.ts";
import { DirectoryInUseError, lockDirectory } from "./storage/sqlite/directory-lock.ts";
import { openSqliteStore } from "./storage/sqlite/open.ts";
import { Argon2Hasher } from "./system/argon2-hasher.ts";
import { systemClock } from "./system/clock.ts";
import { systemEntropy } from "./system/entropy.ts";
import { LogDestination } from "./system/log-destination.ts";

/** sysexits.h: a configuration error, and a service that could not be started. */
const EXIT_CONFIG = 78;
const EXIT_UNAVAILABLE = 69;
/** After this the process exits even if something still hangs. Operators are promised ten seconds. */
const STOP_TIMEOUT_MS = 9_000;

/** A log whose reader has stalled must not keep the process from ending. */
const LOG_FLUSH_TIMEOUT_MS = 500;
const STDERR_FD = 2;

/** No upload takes this long. */
const STALE_UPLOAD_MS = 24 * 3_600_000;

interface Log {
  readonly logger: ReturnType<typeof createLogger>;
  readonly destination: LogDestination;
}

/**
 * Runs the command that `argv` names, or starts the server and serves until a signal. Exits the process on
 * configuration errors.
 */
export async function main(argv: readonly string[]): Promise<void> {
  const version = readVersion();
  const exitCode = await runCommand(argv, { env: process.env, terminal: processTerminal, version });
  if (exitCode !== null) {
    process.exitCode = exitCode;
    return;
  }
  const outcome = loadConfig({ argv, env: process.env, readFile: (path) => readFileSync(path, "utf8") });
  switch (outcome.outcome) {
    case "help":
      process.stdout.write(renderHelp(COMMANDS));
      return;
    case "version":
      process.stdout.write(`mintmark ${version}\n`);
      return;
    case "mistakes":
      process.stderr.write(renderMistakes(outcome.mistakes));
      process.exit(EXIT_CONFIG);
      return;
    case "config":
      await serve(outcome.config, outcome.origins.masterKey);
  }
}

async function serve(config: Config, keyOrigin: string): Promise<void> {
  const destination = new LogDestination(STDERR_FD);
  const logger = createLogger(config.logLevel ?? defaultLogLevel(), destination);
  // A full disk behind stdout or stderr is no reason to stop.
  process.stdout.on("error", () => undefined);
  process.stderr.on("error", () => undefined);
  try {
    await start(config, { logger, destination }, keyOrigin);
  } catch (error) {
    await destination.flush(LOG_FLUSH_TIMEOUT_MS);
    process.stderr.write(`mintmark cannot start: ${sentenceOf(error, config)}\n`);
    process.exit(isUnavailable(error) ? EXIT_UNAVAILABLE : EXIT_CONFIG);
  }
}

/**
 * A person who starts the server in a terminal wants to read its banner, which a line for each request would
 * scroll away.
 */
function defaultLogLevel(): string {
  return process.stderr.isTTY ? "warn" : "info";
}

/**
 * In this order, so that a start that fails leaves nothing behind and disturbs no other server: port,
 * directory, store, account.
 */
async function start(config: Config, log: Log, keyOrigin: string): Promise<void> {
  const { logger } = log;
  const door = await FrontDoor.open(config);
  const publicUrl = config.publicUrl ?? defaultPublicUrl(config.host, door.port);
  const dataDir = resolve(config.dataDir);
  const warning = prepareDataDir(dataDir);
  if (warning !== null) {
    logger.warn(warning);
  }
  const { store, keyring } = await openStore(config, dataDir, logger);
  const keyFile = keyFileOf(config, keyOrigin);
  const artifacts = await openArtifacts(config, dataDir, (sentence) => logger.error(sentence));
  await artifacts.sweep(leftovers(config, store));
  const server = await createServer({
    store,
    artifacts,
    clock: systemClock,
    entropy: systemEntropy,
    keyring,
    readMasterKeys: () => (keyFile === null ? null : readKeyFile(keyFile)),
    passwords: new Argon2Hasher(),
    outgoing: openOutgoing(config),
    signIn: openSignIn(config, publicUrl, systemClock),
    policy: { ...config, publicUrl },
    indexEntries: config.indexEntries,
    logger,
    logLines: log.destination,
    logLinesDropped: () => log.destination.dropped,
    trustedProxies: config.trustedProxies,
    corsOrigins: config.corsOrigins,
    metricsReaders: config.metricsAllow ?? null,
    dialectOptions: { galaxyPrefix: config.galaxyPrefix },
    consoleDirectory: consoleDirectory(),
  });
  const password = config.adminPassword ?? new Secret(randomBytes(15).toString("base64url"));
  const admin = await server.hub.accounts.bootstrap(password.reveal());
  await server.app.ready();
  await door.handOver(server.app.server);
  server.startJobs();
  // A supervisor may send a signal as soon as it reads the ready line: by then it must mean a stop in good
  // order.
  stopOnSignals(server, log);
  if (admin && config.adminPassword === undefined) {
    process.stdout.write(firstStartBanner(password));
  }
  process.stdout.write(`mintmark ready at ${publicUrl}\n`);
}

/** The console as a package brings it, or as it is built in a checkout. */
function consoleDirectory(): string {
  const [packed, built] = ["../console-dist", "../../console/dist"].map((path) =>
    fileURLToPath(new URL(path, import.meta.url)),
  ) as [string, string];
  return existsSync(built) ? built : packed;
}

function openOutgoing(config: Config): Outgoing {
  const { auditStream, outboundAllow, mailUrl, mailFrom, mailTemplates } = config;
  return {
    webhooks: new HttpWebhookSender(new OutboundClient({ allow: outboundAllow })),
    mail:
      mailUrl && mailFrom
        ? new SmtpMailer({ url: mailUrl, from: mailFrom, texts: new MailTexts(mailTemplates) })
        : null,
    auditStream: auditStream ? openAuditSink(auditStream, outboundAllow) : null,
  };
}

/**
 * Uploads that a killed server may have left behind. On SQLite this process is the only one at work; nodes
 * that share a folder leave each other's files alone.
 */
function leftovers(config: Config, store: Store): Sweep {
  const now = Date.now();
  return config.databaseUrl === undefined
    ? { now, olderThanMs: 0, isNamed: (sha256) => store.read.collections.hasArtifact(sha256) }
    : { now, olderThanMs: STALE_UPLOAD_MS };
}

async function openStore(
  config: Config,
  dataDir: string,
  logger: Log["logger"],
): Promise<{ store: Store; keyring: Keyring }> {
  const ends = openEndsLog(config.endsLog, (sentence) => logger.error(sentence));
  if (config.databaseUrl !== undefined && config.masterKey !== undefined) {
    const keyring = new Keyring(config.masterKey);
    const store = await openPostgresStore(
      config.databaseUrl.reveal(),
      systemClock,
      (error) => logger.error({ err: error }, "a database connection broke"),
      { ends, keyVersions: () => keyring.versions.join(",") },
    );
    return { store, keyring };
  }
  await lockDirectory(dataDir, systemClock.now());
  const path = join(dataDir, "mintmark.sqlite");
  const keyring = new Keyring(config.masterKey ?? readOrMakeMasterKey(dataDir, path));
  const onDamage = (error: Error): void => {
    logger.fatal({ err: error }, "the database is damaged; stopping now");
    process.stderr.write(`mintmark stops: ${error.message}\n`);
    process.exit(EXIT_CONFIG);
  };
  return { store: await openSqliteStore(path, systemClock, { ends, onDamage }), keyring };
}

function firstStartBanner(password: Secret): string {
  const lines = [
    "First start. Sign in as:",
    "",
    "  user name  admin",
    `  password   ${password.reveal()}`,
    "",
    "This password is shown once. Change it after signing in.",
  ];
  const width = Math.max(...lines.map((line) => line.length));
  const rule = "─".repeat(width + 2);
  return [`┌${rule}┐`, ...lines.map((line) => `│ ${line.padEnd(width)} │`), `└${rule}┘`, ""].join("\n");
}

/**
 * The first signal stops in good order; more of them change nothing, since a signal to a whole process group
 * comes twice.
 */
function stopOnSignals(server: Server, { logger, destination }: Log): void {
  const end = (code: number) => destination.flush(LOG_FLUSH_TIMEOUT_MS).then(() => process.exit(code));
  let stopping = false;
  const stop = (signal: NodeJS.Signals): void => {
    if (stopping) {
      return;
    }
    stopping = true;
    logger.info({ signal }, "stopping");
    setTimeout(() => {
      logger.error("stopping took too long; ending now");
      void end(0);
    }, STOP_TIMEOUT_MS).unref();
    server.close().then(
      () => end(0),
      (error: unknown) => {
        logger.error({ err: error }, "stopping failed");
        return end(1);
      },
    );
  };
  process.on("SIGTERM", stop);
  process.on("SIGINT", stop);
}

const LISTEN_CODES = new Set(["EADDRINUSE", "EACCES"]);

/** Failures of the start that may pass by themselves; every other failure is a mistake in the options. */
function isUnavailable(error: unknown): boolean {
  const { code = "", syscall } = error as { code?: string; syscall?: string };
  return (
    error instanceof DirectoryInUseError ||
    error instanceof EarlierNodesError ||
    code === "ECONNREFUSED" ||
    (syscall === "listen" && LISTEN_CODES.has(code))
  );
}

function sentenceOf(error: unknown, { host, port }: Config): string {
  const message = error instanceof Error ? error.message : String(error);
  const { code, syscall } = error as { code?: string; syscall?: string };
  if (syscall !== "listen") {
    return message;
  }
  switch (code) {
    case "EADDRINUSE":
      return `port ${port} of ${host} is in use by another program (${code}). Set MINTMARK_PORT to a free one.`;
    case "EACCES":
      return `port ${port} of ${host} needs rights that this account does not have (${code}). Set MINTMARK_PORT to 1024 or above.`;
    default:
      return `${message}. Set MINTMARK_HOST to an address of this machine.`;
  }
}

function readVersion(): string {
  const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as {
    version: string;
  };
  return version;
}

if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  await main(process.argv.slice(2));
}
