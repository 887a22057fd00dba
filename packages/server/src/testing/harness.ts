import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { hash, verify } from "@node-rs/argon2";
import type { LightMyRequestResponse } from "fastify";
import { loadConfig } from "../config/load.ts";
import type { Config } from "../config/options.ts";
import type { Role } from "../core/account/account.ts";
import { anonymousCaller } from "../core/caller.ts";
import type { HubContext, Policy } from "../core/context.ts";
import type { Kind } from "../core/credential/kinds.ts";
import { invariant } from "../core/errors.ts";
import type { Hub } from "../core/hub.ts";
import type { Outgoing } from "../core/outgoing.ts";
import type { SignInSetup } from "../core/provider/ports.ts";
import { Keyring, type MasterKeys } from "../core/secret/keyring.ts";
import type { Store } from "../core/store.ts";
import type { Clock, PasswordHasher } from "../core/world.ts";
import { createLogger } from "../http/logging.ts";
import { HttpWebhookSender } from "../notify/webhook/http-webhook-sender.ts";
import { OutboundClient } from "../outbound/http-client.ts";
import { createServer, type Server } from "../server.ts";
import { DiskArtifactStore } from "../storage/artifacts/artifact-store.ts";
import { openSqliteStore } from "../storage/sqlite/open.ts";
import { systemEntropy } from "../system/entropy.ts";

const DAY_MS = 86_400_000;
/** A Wednesday in 2025, so that nothing depends on today. */
const START = Date.UTC(2025, 0, 8, 12);

export class MovableClock implements Clock {
  #now = START;

  now(): number {
    return this.#now;
  }

  advance(by: { days?: number; hours?: number; minutes?: number; seconds?: number; ms?: number }): void {
    const { days = 0, hours = 0, minutes = 0, seconds = 0, ms = 0 } = by;
    this.#now += days * DAY_MS + hours * 3_600_000 + minutes * 60_000 + seconds * 1000 + ms;
  }
}

/** argon2id at the least cost: tests make many accounts. */
const quickHasher: PasswordHasher = {
  hash: (password) => hash(password, { memoryCost: 8, timeCost: 1, parallelism: 1 }),
  verify: (phc, password) => verify(phc, password),
  isOutdated: () => false,
};

/** The options of a server that nobody configured. */
const DEFAULTS = defaultConfig();

export const POLICY: Policy = { ...DEFAULTS, publicUrl: "http://hub.test" };

/** Receivers in tests listen on loopback. */
export const LOOPBACK_ONLY: Outgoing = {
  webhooks: new HttpWebhookSender(new OutboundClient({ allow: ["127.0.0.0/8"] })),
  mail: null,
  auditStream: null,
};

export const MASTER_KEY = Buffer.alloc(32, 7);
const SHARED_KEY: MasterKeys = { current: 1, keys: new Map([[1, MASTER_KEY]]) };

export const PASSWORD = "correct horse battery";

export interface Call {
  readonly method?: "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE" | "OPTIONS";
  readonly url: string;
  readonly headers?: Record<string, string>;
  /** Sent as JSON. */
  readonly json?: unknown;
  /** Sent as a form. */
  readonly form?: Record<string, string> | readonly (readonly [string, string])[] | string;
  /** Sent as it is. */
  readonly raw?: string | Buffer;
  readonly bearer?: string;
}

export interface HarnessOptions {
  /** How people sign in besides local passwords. */
  readonly signIn?: (clock: Clock) => SignInSetup;
  readonly policy?: Partial<Policy>;
  /** Opens another store than a throw-away SQLite file. */
  readonly openStore?: ((directory: string, clock: Clock, keyring: Keyring) => Promise<Store>) | undefined;
  /** The master keys as they are at each moment; one that all harnesses share otherwise. */
  readonly masterKeys?: () => MasterKeys;
  readonly trustedProxies?: readonly string[];
  readonly corsOrigins?: readonly string[];
  readonly outgoing?: Outgoing;
  /** Shared with another harness: two nodes on one store. */
  readonly clock?: MovableClock;
  /**
   * Makes signing keys of its own, for a test of two hubs that are strangers; harnesses share theirs
   * otherwise.
   */
  readonly ownKeys?: true;
}

/** A hub on a throw-away store with a movable clock, spoken to through the real pipeline. */
export class Harness {
  readonly clock: MovableClock;
  server: Server;
  readonly directory: string;
  readonly #open: () => Promise<Server>;

  private constructor(server: Server, clock: MovableClock, directory: string, open: () => Promise<Server>) {
    this.server = server;
    this.clock = clock;
    this.directory = directory;
    this.#open = open;
  }

  static async create(options: HarnessOptions = {}): Promise<Harness> {
    const directory = mkdtempSync(join(tmpdir(), "mintmark-"));
    const clock = options.clock ?? new MovableClock();
    if (!options.openStore && options.ownKeys !== true) {
      firstStart ??= afterFirstStart();
      writeFileSync(join(directory, "mintmark.sqlite"), await firstStart, { mode: 0o600 });
    }
    const open = (policy: Partial<Policy>) => openServer(directory, clock, options, policy);
    let policy = options.policy ?? {};
    const harness = new Harness(await open(policy), clock, directory, () => open(policy));
    harness.changePolicy = (change) => {
      policy = { ...policy, ...change };
    };
    return harness;
  }

  /** For the next `restart`. */
  changePolicy: (change: Partial<Policy>) => void = () => undefined;

  get hub(): Hub {
    return this.server.hub;
  }

  /** The store, the index and the other parts that the hub is built on. */
  get context(): HubContext {
    return this.server.context;
  }

  /** Stops the server in good order and starts another on the same store. */
  async restart(): Promise<void> {
    await this.server.close();
    this.server = await this.#open();
  }

  async close(): Promise<void> {
    await this.server.close();
    rmSync(this.directory, { recursive: true, force: true });
  }

  call(call: Call): Promise<LightMyRequestResponse> {
    const body = bodyOf(call);
    return this.server.app.inject({
      method: call.method ?? "GET",
      url: call.url,
      headers: {
        ...(body.contentType === undefined ? {} : { "content-type": body.contentType }),
        ...(call.bearer === undefined ? {} : { authorization: `Bearer ${call.bearer}` }),
        ...call.headers,
      },
      ...(body.payload === undefined ? {} : { payload: body.payload }),
    });
  }

  /** Makes an account with the password `PASSWORD`. */
  async addUser(
    username: string,
    options: { role?: Role; grants?: readonly string[]; email?: string; password?: string } = {},
  ): Promise<void> {
    const { accounts } = this.hub;
    const { role = "member", email, password = PASSWORD } = options;
    await accounts.create({ username, role, email, password }, this.#nobody());
    if (options.grants) {
      await accounts.setGrants(username, options.grants, this.#nobody());
    }
  }

  /** The bearer of a fresh session. */
  async logIn(username: string): Promise<string> {
    const { secret } = await this.hub.sessions.open(username, PASSWORD, {
      address: "192.0.2.1",
      agent: "test",
    });
    return secret.reveal();
  }

  /** A browser's view of a fresh session: the headers that carry cookie and CSRF token. */
  async logInByCookie(username: string): Promise<Record<string, string>> {
    const { cookie, session } = await this.hub.sessions.open(username, PASSWORD, {
      address: "192.0.2.1",
      agent: "test",
    });
    return {
      cookie: `mintmark_session=${cookie.reveal()}`,
      "x-csrf-token": this.hub.sessions.csrfToken(session),
    };
  }

  /** Issues a credential past the API; the text of its secret and its id. */
  async issue(
    username: string,
    kind: Kind,
    options: {
      title?: string;
      scopes?: readonly string[];
      instance?: string;
      expiresAt?: number;
      idleMs?: number;
    } = {},
  ): Promise<{ secret: string; id: string }> {
    const owner = await this.hub.accounts.get(username);
    const { secret, credential } = await this.hub.issuance.issue(
      owner,
      // What a test does not choose is as wide as it can be.
      { kind, ...(kind === "personal_token" ? { scopes: ["*:*:*"] } : {}), ...options },
      this.#nobody(),
    );
    return { secret: secret.reveal(), id: credential.id };
  }

  #nobody() {
    return anonymousCaller({ address: null, agent: "test" });
  }
}

export function createHarness(options: HarnessOptions = {}): Promise<Harness> {
  return Harness.create(options);
}

/**
 * An SQLite file as the first start leaves it, made once for each test process: a start makes RSA keys, which
 * takes longer than most tests.
 */
let firstStart: Promise<Buffer> | null = null;

async function afterFirstStart(): Promise<Buffer> {
  const directory = mkdtempSync(join(tmpdir(), "mintmark-first-start-"));
  const server = await openServer(directory, new MovableClock(), {}, {});
  await server.close();
  const file = readFileSync(join(directory, "mintmark.sqlite"));
  rmSync(directory, { recursive: true, force: true });
  return file;
}

async function openServer(
  directory: string,
  clock: MovableClock,
  options: HarnessOptions,
  policy: Partial<Policy>,
): Promise<Server> {
  const masterKeys = options.masterKeys ?? (() => SHARED_KEY);
  const keyring = new Keyring(masterKeys());
  const store = await (options.openStore?.(directory, clock, keyring) ??
    openSqliteStore(join(directory, "mintmark.sqlite"), clock));
  return createServer({
    store,
    artifacts: await DiskArtifactStore.open(directory),
    clock,
    entropy: systemEntropy,
    keyring,
    readMasterKeys: masterKeys,
    passwords: quickHasher,
    outgoing: options.outgoing ?? LOOPBACK_ONLY,
    signIn: options.signIn?.(clock) ?? { oidc: null, ldap: null, local: "on" },
    policy: { ...POLICY, ...policy },
    indexEntries: 10_000,
    logger: createLogger("silent", { write: () => undefined }),
    trustedProxies: options.trustedProxies ?? [],
    corsOrigins: options.corsOrigins ?? [],
    metricsReaders: null,
    dialectOptions: { galaxyPrefix: DEFAULTS.galaxyPrefix },
  });
}

function defaultConfig(): Config {
  const outcome = loadConfig({ argv: [], env: {}, readFile: () => "" });
  invariant(outcome.outcome === "config", "the defaults of the options are no mistakes");
  return outcome.config;
}

function bodyOf(call: Call): { contentType?: string; payload?: string | Buffer } {
  if (call.json !== undefined) {
    return { contentType: "application/json", payload: JSON.stringify(call.json) };
  }
  if (call.form !== undefined) {
    const payload =
      typeof call.form === "string"
        ? call.form
        : new URLSearchParams(call.form as Record<string, string>).toString();
    return { contentType: "application/x-www-form-urlencoded", payload };
  }
  return call.raw === undefined ? {} : { payload: call.raw };
}
