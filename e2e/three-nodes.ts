import { randomBytes } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { Listeners } from "../packages/server/src/testing/listeners.ts";
import { startPostgres, type TestPostgres } from "../packages/server/src/testing/postgres.ts";
import { api, logIn, type RunningServer, startServer } from "./server.ts";

const PASSWORD = "ada's long password";

/** Three real servers on one real PostgreSQL, an administrator and a member `ada`. */
export class ThreeNodes {
  readonly postgres: TestPostgres;
  readonly databaseUrl: string;
  readonly listeners: Listeners;
  readonly nodes: RunningServer[];
  readonly #env: Readonly<Record<string, string>>;
  /** Bearers of sessions. */
  root = "";
  ada = "";

  private constructor(
    postgres: TestPostgres,
    databaseUrl: string,
    nodes: RunningServer[],
    env: Readonly<Record<string, string>>,
  ) {
    this.postgres = postgres;
    this.databaseUrl = databaseUrl;
    this.listeners = new Listeners(databaseUrl);
    this.nodes = nodes;
    this.#env = env;
  }

  static async start(): Promise<ThreeNodes> {
    const postgres = await startPostgres();
    const databaseUrl = await postgres.createDatabase();
    const env = {
      MINTMARK_DATABASE_URL: databaseUrl,
      MINTMARK_MASTER_KEY: randomBytes(32).toString("base64"),
      MINTMARK_LOG_LEVEL: "fatal",
    };
    // The first one makes the tables.
    const nodes = [await startServer({ env })];
    nodes.push(...(await Promise.all([startServer({ env }), startServer({ env })])));
    const three = new ThreeNodes(postgres, databaseUrl, nodes, env);
    three.root = await logIn(three.node(0));
    await api(three.node(0), "POST", "/users", {
      bearer: three.root,
      body: { username: "ada", password: PASSWORD, role: "member" },
    });
    await three.logInAda(0);
    return three;
  }

  async stop(): Promise<void> {
    await Promise.all(this.nodes.map((one) => one.stop()));
    for (const one of this.nodes) {
      one.remove();
    }
    await this.postgres.remove();
  }

  node(at: number): RunningServer {
    return this.nodes[at] as RunningServer;
  }

  /** Replaces a server that has ended with a new one. */
  async replace(at: number): Promise<void> {
    this.node(at).remove();
    this.nodes[at] = await startServer({ env: this.#env });
  }

  async logInAda(at: number): Promise<void> {
    this.ada = await logIn(this.node(at), "ada", PASSWORD);
  }

  async makeToken(at: number, kind = "personal_token"): Promise<{ secret: string; id: string }> {
    const { credential, secret } = await api<{ credential: { id: string }; secret: string }>(
      this.node(at),
      "POST",
      "/credentials",
      {
        bearer: this.ada,
        body: { kind, title: "e2e", ...(kind === "personal_token" ? { scopes: ["*:*:*"] } : {}) },
      },
    );
    return { id: credential.id, secret };
  }

  async revoke(at: number, id: string): Promise<void> {
    await api(this.node(at), "DELETE", `/credentials/${id}`, { bearer: this.root });
  }

  /** The bearer that an offline token is exchanged for. */
  async exchange(at: number, offline: string): Promise<string> {
    const reply = await fetch(
      `${this.node(at).url}/auth/realms/redhat-external/protocol/openid-connect/token`,
      {
        method: "POST",
        body: new URLSearchParams({
          grant_type: "refresh_token",
          client_id: "cloud-services",
          refresh_token: offline,
        }),
      },
    );
    return ((await reply.json()) as { access_token: string }).access_token;
  }

  /** The status that a node's `/verify` answers a secret with. */
  async ask(at: number, secret: string, query = ""): Promise<number> {
    const reply = await fetch(`${this.node(at).url}/verify${query}`, {
      headers: { authorization: `Bearer ${secret}` },
    });
    await reply.arrayBuffer();
    return reply.status;
  }

  askAll(secret: string, query = ""): Promise<readonly number[]> {
    return Promise.all(this.nodes.map((_, at) => this.ask(at, secret, query)));
  }

  /** Lets every node verify it, so that all answer from memory afterwards. */
  async warm(secret: string, query = ""): Promise<void> {
    for (let round = 0; round < 3; round += 1) {
      const statuses = await this.askAll(secret, query);
      if (statuses.some((status) => status !== 200)) {
        throw new Error(`a good secret was answered ${statuses}`);
      }
    }
  }

  async untilTrusting(): Promise<void> {
    const { secret } = await this.#makeTokenEventually();
    for (let attempt = 0; attempt < 100; attempt += 1) {
      if ((await this.askAll(secret)).every((status) => status === 200)) {
        return;
      }
      await delay(50);
    }
    throw new Error("the nodes did not recover");
  }

  async #makeTokenEventually(): Promise<{ secret: string }> {
    for (let attempt = 0; ; attempt += 1) {
      try {
        return await this.makeToken(0);
      } catch (error) {
        if (attempt > 100) {
          throw error;
        }
        await delay(50);
      }
    }
  }
}

/** Prints the measurements. */
export function report(what: string, ms: readonly number[]): void {
  const sorted = [...ms].sort((a, b) => a - b);
  const median = sorted[Math.floor(sorted.length / 2)] ?? 0;
  console.log(
    `${what}: median ${median.toFixed(1)} ms, slowest ${(sorted[sorted.length - 1] ?? 0).toFixed(1)} ms`,
  );
}
