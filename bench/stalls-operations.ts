import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { ADMIN_PASSWORD } from "../e2e/server.ts";
import type { Credential } from "../packages/server/src/core/credential/credential.ts";
import { nextTurn } from "../packages/server/src/core/turn.ts";
import { newAccount } from "../packages/server/src/storage/contract-samples.ts";
import { systemClock } from "../packages/server/src/system/clock.ts";
import { addManyCredentials } from "../packages/server/src/testing/many-credentials.ts";
import { NOBODY, type OpenHub } from "./hub.ts";

/** The work of each, by its name on the page. */
export type Operations = Readonly<Record<string, () => Promise<unknown>>>;

interface Sizes {
  /** Credentials and events in the store. */
  readonly stored: number;
  /** Credentials of an account that is large. */
  readonly large: number;
}

const CHECKED_AT_ONCE = 100_000;
const USED = 20_000;
const USED_AT_ONCE = 1_000;
const GRANTS = 1_000;
const GRANT_LENGTH = 200;
const MEMBERS = 5_000;
const MEMBERS_AT_ONCE = 500;
const SELECTED = 5_000;
const IDLE_MS = 1_000;

/** Everything that a caller or the clock may ask for and that grows with what is stored or sent. */
export async function operationsOn(opened: OpenHub, { stored, large }: Sizes): Promise<Operations> {
  const { hub, context } = opened.server;
  const run = Date.now().toString(36);
  const account = (name: string) => addLargeAccount(opened, `${name}-${run}`, large);
  const [listed, disabled, deleted] = [
    await account("listed"),
    await account("disabled"),
    await account("deleted"),
  ];
  const service = await addLargeService(opened, `service-${run}`, large);
  const team = await addTeam(opened, `team-${run}`);
  const ask = await asAdministrator(opened);
  const used = await firstCredentials(opened, USED);
  // The first request of a process is read and answered by code that is not compiled yet.
  await ask("GET", "/credentials?owner=*&limit=200");
  await ask.forExport("/users");
  const size = stored.toLocaleString("en");
  const count = large.toLocaleString("en");
  const list = (query: string) => ask("GET", `/credentials?owner=${listed}&limit=200&${query}`);
  const everybody = (query: string) => ask("GET", `/credentials?owner=*&limit=200&${query}`);
  return {
    [`nothing, ${size} stored`]: () => delay(IDLE_MS),
    [`audit check, ${size} events`]: () => checkAudit(opened, stored),
    "audit list and count, each filter": async () => {
      for (const filter of AUDIT_FILTERS) {
        await ask("GET", `/audit?limit=200&${filter}`);
        await ask("GET", `/audit/count?${filter}`);
      }
    },
    "audit export, events of one action": () => ask.forExport("/audit?action=credential.revoke"),
    [`list of ${count}, each order`]: async () => {
      for (const sort of ["created", "lastUsed", "expires", "title", "kind"]) {
        await list(`sort=${sort}`);
        await list(`sort=-${sort}`);
      }
    },
    [`list and count of ${size}, each filter`]: async () => {
      for (const filter of CREDENTIAL_FILTERS) {
        await everybody(`sort=-lastUsed&${filter}`);
        await ask("GET", `/credentials/count?owner=*&${filter}`);
      }
    },
    [`export of ${count}`]: () => ask.forExport(`/credentials?owner=${listed}`),
    "export of all users": () => ask.forExport("/users"),
    "statistics of the hub": () => hub.statistics.ofHub(),
    metrics: () => opened.server.app.inject("/metrics"),
    "search for a text that nobody has": () => everybody("search=no+title+holds+this"),
    "count of a kind that is due": () => hub.credentials.countOlderThan(["offline_token"], 0),
    "learning all digests": () => context.index.digests.learn(),
    "every job once": async () => {
      for (const job of JOBS) {
        await hub.jobs.run(job);
      }
    },
    "what the rotation of the master key reads": async () => {
      await opened.store.read.keyVersions.uses();
      await opened.store.read.keyVersions.sealedUnderOther(0, 1);
    },
    [`${USED.toLocaleString("en")} uses written`]: () => useAll(opened, used),
    [`${GRANTS.toLocaleString("en")} grants of ${GRANT_LENGTH} characters for everybody`]: async () => {
      await ask("PUT", "/grants/authenticated", { grants: longGrants() });
      await ask("PUT", "/grants/authenticated", { grants: ["collection:*:download"] });
    },
    [`grants of a team with ${MEMBERS.toLocaleString("en")} members, and its end`]: async () => {
      await ask("PATCH", `/teams/${team}`, { grants: ["collection:acme.*:download"] });
      await ask("GET", "/teams?limit=200");
      await ask("DELETE", `/teams/${team}`);
    },
    [`freeze ${SELECTED.toLocaleString("en")} selected`]: () =>
      ask("POST", "/credentials/bulk", {
        action: "freeze",
        ids: used.slice(0, SELECTED).map(({ id }) => id),
        confirm: SELECTED,
      }),
    [`disable an account with ${count}`]: () => ask("PATCH", `/users/${disabled}`, { disabled: true }),
    "enable it": () => ask("PATCH", `/users/${disabled}`, { disabled: false }),
    [`delete an account with ${count}`]: () => ask("DELETE", `/users/${deleted}`),
    [`delete a service with ${count}`]: () => ask("DELETE", `/services/${service}`),
  };
}

const AUDIT_FILTERS = [
  "actor=nobody",
  "action=credential.revoke",
  "owner=user5",
  "search=nothing+like+this",
  `since=${new Date(systemClock.now()).toISOString()}`,
  "until=2020-01-01T00:00:00Z",
];
const CREDENTIAL_FILTERS = [
  "state=active",
  "state=expired",
  "state=revoked",
  "state=frozen",
  "kind=app_token",
  "neverUsed=true",
  "unusedSince=2020-01-01T00:00:00Z",
  "createdSince=2100-01-01T00:00:00Z",
  "expiresBy=2100-01-01T00:00:00Z",
  "usedFrom=198.51.100.0/24",
];
const JOBS = [
  "expire-credentials",
  "thaw-credentials",
  "watch-rotations",
  "purge-old-records",
  "reseal",
  "warn-of-ends",
  "send-mails",
  "tell-webhooks",
  "deliver-webhooks",
  "purge-deliveries",
];

interface Ask {
  /** Through the whole pipeline. A refusal fails the bench: it would measure nothing. */
  (method: "GET" | "PUT" | "PATCH" | "POST" | "DELETE", path: string, body?: object): Promise<void>;
  /** Through a socket, read in another thread: a reader in this one would be measured too. */
  forExport(path: string): Promise<void>;
}

async function asAdministrator({ server }: OpenHub): Promise<Ask> {
  const session = await server.hub.sessions.open("admin", ADMIN_PASSWORD, NOBODY.origin);
  const authorization = `Bearer ${session.secret.reveal()}`;
  const origin = await server.app.listen({ host: "127.0.0.1", port: 0 });
  const ask = async (method: "GET" | "PUT" | "PATCH" | "POST" | "DELETE", path: string, body?: object) => {
    const url = `/api/mintmark/v1${path}`;
    const payload = body === undefined ? {} : { payload: body };
    const reply = await server.app.inject({ method, url, headers: { authorization }, ...payload });
    if (reply.statusCode >= 400) {
      throw new Error(`${method} ${path} was answered ${reply.statusCode}: ${reply.body.slice(0, 300)}`);
    }
  };
  const forExport = async (path: string): Promise<void> => {
    const workerData = { url: `${origin}/api/mintmark/v1${path}`, authorization };
    const [status] = await once(new Worker(READER, { eval: true, workerData }), "message");
    if (status !== 200) {
      throw new Error(`the export ${path} was answered ${status}`);
    }
  };
  return Object.assign(ask, { forExport });
}

const READER = `
  const { parentPort, workerData } = require("node:worker_threads");
  const { url, authorization } = workerData;
  fetch(url, { headers: { authorization, accept: "text/csv" } }).then(async ({ status, body }) => {
    for await (const chunk of body) void chunk;
    parentPort.postMessage(status);
  });
`;

async function addLargeAccount({ server, store }: OpenHub, username: string, count: number): Promise<string> {
  const account = await server.hub.accounts.create({ username, role: "member" }, NOBODY);
  await addManyCredentials(store, account, count, systemClock);
  return username;
}

async function addLargeService({ server, store }: OpenHub, name: string, count: number): Promise<string> {
  const { service } = await server.hub.services.create({ name, stewards: ["admin"] }, NOBODY);
  await addManyCredentials(store, service, count, systemClock);
  return name;
}

async function addTeam({ server, store }: OpenHub, name: string): Promise<string> {
  const { team } = await server.hub.teams.create({ name }, NOBODY);
  for (let from = 0; from < MEMBERS; from += MEMBERS_AT_ONCE) {
    await store.write(async (writes) => {
      for (let at = from; at < from + MEMBERS_AT_ONCE; at += 1) {
        const { id } = await writes.accounts.insert(newAccount(`${name}-${at}`));
        await writes.teams.setMembership(team.id, id, { byHand: true, byProvider: false });
      }
    }, "large");
  }
  return name;
}

async function firstCredentials({ store }: OpenHub, count: number): Promise<readonly Credential[]> {
  const now = systemClock.now();
  return store.read.credentials.list({ kind: "offline_token", state: "active", limit: count, now });
}

/** As an auditor's script does it: call after call. */
async function checkAudit({ server }: OpenHub, events: number): Promise<void> {
  for (let after = 0; after < events; after += CHECKED_AT_ONCE) {
    await server.hub.audit.check({ after, limit: CHECKED_AT_ONCE });
  }
}

/** As requests would use them, some in each turn of the loop. */
async function useAll({ server }: OpenHub, credentials: readonly Credential[]): Promise<void> {
  for (const [at, credential] of credentials.entries()) {
    server.hub.uses.record(credential, { address: "192.0.2.9", agent: "bench" });
    if (at % USED_AT_ONCE === 0) {
      await nextTurn();
    }
  }
  await server.context.usage.flush();
}

function longGrants(): readonly string[] {
  return Array.from({ length: GRANTS }, (_, at) =>
    `collection:${String(at).padEnd(GRANT_LENGTH, "x")}`.slice(0, GRANT_LENGTH - 11).concat(".*:download"),
  );
}
