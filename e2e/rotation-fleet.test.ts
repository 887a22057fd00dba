import type { ChildProcess } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildCollection } from "../packages/server/src/testing/collection-tarball.ts";
import { startPostgres, type TestPostgres } from "../packages/server/src/testing/postgres.ts";
import { freePort, makeImage, runClient, startRegistry } from "./docker-registry.ts";
import { requirePackages } from "./npm-clients.ts";
import { requireProgram } from "./programs.ts";
import { api, logIn, type RunningServer, startServer } from "./server.ts";

const PASSWORD = "ada's long password";
const TIMEOUT_MS = 240_000;
const PAUSE_MS = 300;
/** Between two clients that get the new secret. */
const STEP_MS = 700;
/** Longer than the slowest client takes for one run. */
const QUIET = "8s";

const galaxy = requireProgram("ansible-galaxy");
const podman = requireProgram("podman");
const skopeo = requireProgram("skopeo");
const registryProgram = requireProgram("docker-registry");
const curl = requireProgram("curl");
const load = await requirePackages("ibm-clients", {
  "sdk-core-5": "npm:ibm-cloud-sdk-core@5.9.1",
  "sdk-core-4": "npm:ibm-cloud-sdk-core@4.3.4",
  "@ibm-cloud/watsonx-ai": "1.7.16",
});
const ready = [galaxy, podman, skopeo, registryProgram, curl, load].every((one) => one !== undefined);

const KINDS = ["hub_token", "app_token", "platform_key", "personal_token"] as const;
type Kind = (typeof KINDS)[number];
interface Made {
  readonly credential: { readonly id: string };
  readonly secret: string;
}
interface SdkCore {
  readonly CloudPakForDataAuthenticator: new (
    options: Record<string, string>,
  ) => {
    authenticate(request: { headers?: Record<string, string> }): Promise<void>;
  };
}

/** One client of a fleet, which does its work again and again with the secret that it has. */
class FleetClient {
  readonly kind: Kind;
  readonly name: string;
  secret = "";
  runs = 0;
  readonly failures: string[] = [];
  readonly #work: (secret: string) => Promise<string | null>;

  /** `work` resolves with null, or with what went wrong. */
  constructor(kind: Kind, name: string, work: (secret: string) => Promise<string | null>) {
    this.kind = kind;
    this.name = name;
    this.#work = work;
  }

  async workUntil(isOver: () => boolean): Promise<void> {
    while (!isOver()) {
      const failure = await this.#work(this.secret);
      this.runs += 1;
      if (failure !== null) {
        this.failures.push(`${this.name}: ${failure.slice(0, 400)}`);
      }
      await delay(PAUSE_MS);
    }
  }
}

describe("ten clients on two nodes", () => {
  let postgres: TestPostgres;
  let nodes: RunningServer[] = [];
  let registry: ChildProcess | undefined;
  let folder: string;
  let host: string;
  let ada: string;
  let olds: Record<Kind, Made>;
  let news: Record<Kind, Made>;
  let clients: FleetClient[];
  let isOver = false;
  let loops: Promise<unknown> = Promise.resolve();

  beforeAll(async () => {
    if (!ready) {
      return;
    }
    folder = mkdtempSync(join(tmpdir(), "mintmark-fleet-"));
    postgres = await startPostgres();
    const env = {
      MINTMARK_DATABASE_URL: await postgres.createDatabase(),
      MINTMARK_MASTER_KEY: Buffer.alloc(32, 5).toString("base64"),
      MINTMARK_LOG_LEVEL: "warn",
    };
    nodes = [await startServer({ env }), await startServer({ env })];
    const root = await logIn(node(0));
    const person = { username: "ada", password: PASSWORD, role: "member" };
    await api(node(0), "POST", "/users", { bearer: root, body: person });
    const grants = ["collection:acme.*:*", "repository:ada/*:*"];
    await api(node(0), "PUT", "/users/ada/grants", { bearer: root, body: { grants } });
    ada = await logIn(node(0), "ada", PASSWORD);
    host = `127.0.0.1:${await freePort()}`;
    registry = await startRegistry({ program: registryProgram ?? "", folder, host, hub: node(0) });
    olds = await each((kind) =>
      api<Made>(node(0), "POST", "/credentials", {
        bearer: ada,
        body: { kind, title: "fleet", ...(kind === "personal_token" ? { scopes: ["*:*:*"] } : {}) },
      }),
    );
    await publish(olds.hub_token.secret);
    const image = makeImage(join(folder, "image"));
    const pushed = await runClient(folder, skopeo, [
      ...[
        "copy",
        "--insecure-policy",
        "--dest-tls-verify=false",
        "--dest-creds",
        `$app:${olds.app_token.secret}`,
      ],
      ...[`oci:${image}:1`, `docker://${host}/ada/app:1`],
    ]);
    expect(pushed).toMatchObject({ code: 0 });
    clients = fleet();
    for (const client of clients) {
      client.secret = olds[client.kind].secret;
    }
  }, TIMEOUT_MS);

  afterAll(async () => {
    isOver = true;
    await loops;
    registry?.kill();
    await Promise.all(nodes.map((one) => one.stop()));
    for (const one of nodes) {
      one.remove();
    }
    await postgres?.remove();
    rmSync(folder ?? "", { recursive: true, force: true });
  }, TIMEOUT_MS);

  const node = (at: number): RunningServer => nodes[at % 2] as RunningServer;
  const each = async <Value>(make: (kind: Kind) => Promise<Value>) => {
    const made: Partial<Record<Kind, Value>> = {};
    for (const kind of KINDS) {
      made[kind] = await make(kind);
    }
    return made as Record<Kind, Value>;
  };

  function fleet(): FleetClient[] {
    return [
      ...[0, 1].map(
        (at) => new FleetClient("hub_token", `ansible-galaxy ${at}`, (secret) => install(at, secret)),
      ),
      ...[0, 1].map((at) => new FleetClient("platform_key", `IBM SDK ${at}`, (secret) => signIn(at, secret))),
      new FleetClient("app_token", "skopeo", (secret) =>
        outcomeOf(skopeo, [
          "inspect",
          "--tls-verify=false",
          "--creds",
          `$app:${secret}`,
          `docker://${host}/ada/app:1`,
        ]),
      ),
      new FleetClient("app_token", "podman", (secret) =>
        outcomeOf(podman, [
          ...["login", "--tls-verify=false", "--authfile", join(folder, "podman.json")],
          ...["-u", "$app", "-p", secret, host],
        ]),
      ),
      ...[0, 1, 2, 3].map(
        (at) => new FleetClient("personal_token", `curl-${at}`, (secret) => ask(at, secret)),
      ),
    ];
  }

  async function outcomeOf(
    program: string | undefined,
    parameters: readonly string[],
  ): Promise<string | null> {
    const { code, output } = await runClient(folder, program, parameters);
    return code === 0 ? null : output;
  }

  function ask(at: number, secret: string): Promise<string | null> {
    const header = ["-H", `Authorization: Bearer ${secret}`];
    return outcomeOf(curl, ["-fsS", "-A", `curl-${at}`, ...header, `${node(at).url}/verify`]);
  }

  async function install(at: number, secret: string): Promise<string | null> {
    const home = join(folder, `desk-${at}`);
    mkdirSync(home, { recursive: true });
    const lines = [
      "[galaxy]",
      "server_list = hub",
      "[galaxy_server.hub]",
      `url = ${node(at).url}/api/galaxy/`,
    ];
    writeFileSync(join(home, "ansible.cfg"), `${[...lines, `token = ${secret}`].join("\n")}\n`, {
      mode: 0o600,
    });
    const { code, output } = await runClient(
      home,
      galaxy,
      ["collection", "install", "acme.tools", "-p", join(home, "collections"), "--force"],
      { ANSIBLE_CONFIG: join(home, "ansible.cfg"), ANSIBLE_GALAXY_CACHE_DIR: join(home, "cache") },
    );
    return code === 0 ? null : output;
  }

  async function signIn(at: number, apikey: string): Promise<string | null> {
    const { CloudPakForDataAuthenticator } = (load as NodeJS.Require)("sdk-core-5") as SdkCore;
    const options = { url: `${node(at).url}/icp4d-api`, username: "ada", apikey };
    try {
      await new CloudPakForDataAuthenticator(options).authenticate({ headers: {} });
      return null;
    } catch (error) {
      return String(error);
    }
  }

  async function publish(secret: string): Promise<void> {
    const { bytes, filename } = await buildCollection({ namespace: "acme", name: "tools" });
    const body = new FormData();
    body.append("file", new Blob([new Uint8Array(bytes)]), filename);
    const headers = { authorization: `Token ${secret}` };
    // Each node has a folder of its own for artifacts here.
    for (const { url } of nodes) {
      const path = `${url}/api/galaxy/v3/artifacts/collections/`;
      expect((await fetch(path, { method: "POST", headers, body })).status).toBe(202);
    }
  }

  const statusOf = async (at: number, secret: string) =>
    (await fetch(`${node(at).url}/verify`, { headers: { authorization: `Bearer ${secret}` } })).status;
  const move = async (movers: readonly FleetClient[]) => {
    for (const client of movers) {
      client.secret = news[client.kind].secret;
      await delay(STEP_MS);
    }
  };
  const stillOnTheOld = async (kind: Kind) => {
    const path = `/credentials/${olds[kind].credential.id}/rotation`;
    const view = await api<{ stillOnTheOld: { agent: string }[] }>(node(1), "GET", path, { bearer: ada });
    return view.stillOnTheOld.map(({ agent }) => agent).sort();
  };

  test(
    "move from the old to the new secret one by one, without a refused request",
    async () => {
      loops = Promise.all(clients.map((client) => client.workUntil(() => isOver)));
      const hasWorked = () => clients.every(({ runs }) => runs >= 1);
      await expect.poll(hasWorked, { timeout: 60_000, interval: 200 }).toBe(true);

      news = await each((kind) =>
        api<Made>(node(1), "POST", `/credentials/${olds[kind].credential.id}/rotate`, {
          bearer: ada,
          body: { old: { mode: "quiet", for: QUIET, deadline: "1h" } },
        }),
      );
      const [last, others] = [clients.slice(-3), clients.slice(0, -3)];
      await move(others);
      const late = last.map(({ name }) => name);
      // Rows of clients that have moved stay, but were not used since.
      await expect
        .poll(() => stillOnTheOld("personal_token"), { timeout: 30_000, interval: 500 })
        .toEqual(late);
      expect(clients.flatMap(({ failures }) => failures)).toEqual([]);
      await move(last);
    },
    TIMEOUT_MS,
  );

  test(
    "and the old one is refused on both nodes a second after it ended, while the new one goes on",
    async () => {
      for (const kind of KINDS) {
        const path = `/credentials/${olds[kind].credential.id}`;
        const look = async () =>
          (await api<{ revokedAt: string | null }>(node(0), "GET", path, { bearer: ada })).revokedAt;
        await expect.poll(look, { timeout: 90_000, interval: 100 }).not.toBeNull();
        await delay(1_000);
        expect([await statusOf(0, olds[kind].secret), await statusOf(1, olds[kind].secret)]).toEqual([
          401, 401,
        ]);
      }
      const before = clients.map(({ runs }) => runs);
      const goOn = () => clients.every(({ runs }, at) => runs > (before[at] ?? 0));
      await expect.poll(goOn, { timeout: 60_000, interval: 200 }).toBe(true);
      isOver = true;
      await loops;
      expect(clients.flatMap(({ failures }) => failures)).toEqual([]);
      // An end is in force as soon as it is due; the job that writes it down may come a little later.
      const root = await logIn(node(0));
      for (const kind of KINDS) {
        const path = `/audit?limit=100&action=credential.revoke&credentialId=${olds[kind].credential.id}`;
        const ends = async () =>
          (await api<{ events: object[] }>(node(0), "GET", path, { bearer: root })).events.length;
        await expect.poll(ends, { timeout: 90_000, interval: 500 }).toBe(1);
      }
    },
    TIMEOUT_MS,
  );
});
