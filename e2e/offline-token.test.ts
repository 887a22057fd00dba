import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventually } from "./eventually.ts";
import { requireProgram } from "./programs.ts";
import { api, logIn, type RunningServer, startServer } from "./server.ts";

const TOKEN_PATH = "/auth/realms/redhat-external/protocol/openid-connect/token";
const RUN_TIMEOUT_MS = 90_000;

interface Outcome {
  readonly code: number;
  readonly output: string;
}

function run(
  program: string,
  parameters: readonly string[],
  env: Record<string, string> = {},
): Promise<Outcome> {
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith("ANSIBLE_"));
  const options = { env: { ...Object.fromEntries(inherited), ...env }, timeout: RUN_TIMEOUT_MS };
  return new Promise((resolve) => {
    execFile(program, parameters, options, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === "number" ? error.code : -1;
      resolve({ code, output: `${stdout}${stderr}` });
    });
  });
}

async function loadToken(server: RunningServer, bearer: string): Promise<{ secret: string; id: string }> {
  const body = { kind: "offline_token", title: "e2e" };
  const made = await api<{ secret: string; credential: { id: string } }>(server, "POST", "/credentials", {
    bearer,
    body,
  });
  return { secret: made.secret, id: made.credential.id };
}

async function exchange(server: RunningServer, secret: string): Promise<{ status: number; text: string }> {
  const reply = await fetch(`${server.url}${TOKEN_PATH}`, {
    method: "POST",
    body: new URLSearchParams({
      grant_type: "refresh_token",
      client_id: "cloud-services",
      refresh_token: secret,
    }),
  });
  return { status: reply.status, text: await reply.text() };
}

describe("ansible-galaxy, unmodified, with an offline token and nothing but the environment,", () => {
  const program = requireProgram("ansible-galaxy");
  const home = mkdtempSync(join(tmpdir(), "mintmark-offline-"));
  let server: RunningServer;
  let bearer: string;
  let token: { secret: string; id: string };

  beforeAll(async () => {
    if (program === undefined) {
      return;
    }
    server = await startServer();
    bearer = await logIn(server);
    token = await loadToken(server, bearer);
  });

  afterAll(async () => {
    rmSync(home, { recursive: true, force: true });
    await server?.stop();
    server?.remove();
  });

  function galaxy(...parameters: string[]): Promise<Outcome> {
    return run(program as string, ["collection", ...parameters], {
      HOME: home,
      ANSIBLE_NOCOLOR: "1",
      COLUMNS: "1000",
      ANSIBLE_GALAXY_SERVER_LIST: "hub",
      ANSIBLE_GALAXY_SERVER_HUB_URL: `${server.url}/api/galaxy/`,
      ANSIBLE_GALAXY_SERVER_HUB_AUTH_URL: `${server.url}${TOKEN_PATH}`,
      ANSIBLE_GALAXY_SERVER_HUB_TOKEN: token.secret,
    });
  }

  it("publishes and installs a collection", async () => {
    const source = join(home, "source");
    const steps = [
      ["init", "acme.offline", "--init-path", source],
      ["build", join(source, "acme/offline"), "--output-path", home],
      ["publish", join(home, "acme-offline-1.0.0.tar.gz"), "-s", "hub"],
      ["install", "acme.offline", "-p", join(home, "installed")],
    ];

    for (const step of steps) {
      expect(await galaxy(...step)).toMatchObject({ code: 0 });
    }

    const manifest = join(home, "installed/ansible_collections/acme/offline/MANIFEST.json");
    expect(JSON.parse(readFileSync(manifest, "utf8")).collection_info.name).toBe("offline");
  });

  it("shows in the list as what used the token, from where and when", async () => {
    const used = await api<Record<string, string>>(server, "GET", `/credentials/${token.id}`, { bearer });

    expect(used).toMatchObject({
      lastUsedFrom: "127.0.0.1",
      lastUsedAgent: expect.stringMatching(/^ansible-galaxy\//),
    });
    expect(Date.now() - Date.parse(used["lastUsedAt"] ?? "")).toBeLessThan(60_000);
  });

  it("says that the token was revoked, when, and where to get a new one", async () => {
    await api(server, "DELETE", `/credentials/${token.id}`, { bearer, status: 204 });

    const outcome = await galaxy("publish", join(home, "acme-offline-1.0.0.tar.gz"), "-s", "hub");

    expect(outcome.code).not.toBe(0);
    expect(outcome.output).toMatch(
      /This offline token was revoked on \d{4}-\d\d-\d\d\. Get a new one at http:\/\//,
    );
  });
});

describe("the documented keep-alive line of curl", () => {
  const program = requireProgram("curl");
  let server: RunningServer;

  beforeAll(async () => {
    server = await startServer();
  });

  afterAll(async () => {
    await server.stop();
    server.remove();
  });

  it("exits with 0 while the token lives, with 22 when it is dead", async () => {
    const bearer = await logIn(server);
    const { secret, id } = await loadToken(server, bearer);
    const line = (token: string) =>
      run("sh", [
        "-c",
        `'${program}' ${server.url}${TOKEN_PATH} -d grant_type=refresh_token -d client_id="cloud-services" -d refresh_token="${token}" --fail --silent --show-error --output /dev/null`,
      ]);

    const alive = await line(secret);
    await api(server, "DELETE", `/credentials/${id}`, { bearer, status: 204 });
    const dead = await line(secret);

    expect(alive).toEqual({ code: 0, output: "" });
    expect(dead.code).toBe(22);
    expect(dead.output).toContain("400");
    expect((await line("mmo_unknown")).code).toBe(22);
  });

  it("is nowhere in the server's log with its token", async () => {
    const bearer = await logIn(server);
    const { secret } = await loadToken(server, bearer);

    await exchange(server, secret);
    await fetch(`${server.url}${TOKEN_PATH}?refresh_token=${secret}`, {
      method: "POST",
      headers: { "user-agent": secret },
    });

    await eventually(async () => (server.log().includes(TOKEN_PATH) ? true : null));
    expect(server.log()).not.toContain(secret.slice(4));
  });
});

describe("an offline token under a clock that runs ahead", () => {
  const program = requireProgram("faketime");
  let dataDir: string | undefined;

  afterAll(() => {
    if (dataDir !== undefined) {
      rmSync(dataDir, { recursive: true, force: true });
    }
  });

  /**
   * Runs the real server with its clock moved forward by that many days. Its process gets what `faketime`
   * would set: the program itself stands between as a parent that passes no signal on.
   */
  async function later<Result>(
    days: number,
    work: (server: RunningServer) => Promise<Result>,
  ): Promise<Result> {
    const { output } = await run(program as string, ["-f", `+${days}d`, "printenv", "LD_PRELOAD"]);
    const server = await startServer({
      ...(dataDir === undefined ? {} : { dataDir }),
      env: { LD_PRELOAD: output.trim(), FAKETIME: `+${days}d` },
    });
    dataDir = server.dataDir;
    try {
      return await work(server);
    } finally {
      await server.stop();
    }
  }

  it("lives for 29 days untouched, is dead after 31, and lives on for 30 from any use", async () => {
    const [untouched, neglected, refreshed] = await later(0, async (server) => {
      const bearer = await logIn(server);
      return [
        await loadToken(server, bearer),
        await loadToken(server, bearer),
        await loadToken(server, bearer),
      ] as const;
    });

    const day20 = await later(20, (server) => exchange(server, refreshed.secret));
    const day29 = await later(29, (server) => exchange(server, untouched.secret));
    const day31 = await later(31, (server) => exchange(server, neglected.secret));
    const day45 = await later(45, (server) => exchange(server, refreshed.secret));

    expect([day20.status, day29.status, day31.status, day45.status]).toEqual([200, 200, 400, 200]);
    expect(day31.text).toContain("became inactive");
  });
});

describe("a server that is killed without warning", () => {
  it("has lost no use that is older than one batch", async () => {
    const server = await startServer();
    const bearer = await logIn(server);
    const { secret, id } = await loadToken(server, bearer);
    const at = Date.now();
    const before = await batchesWritten(server);
    expect((await exchange(server, secret)).status).toBe(200);
    await eventually(async () => ((await batchesWritten(server)) > before ? true : null));
    expect((await exchange(server, secret)).status).toBe(200);

    await server.stop("SIGKILL");
    const again = await startServer({ dataDir: server.dataDir });
    const credential = await api<{ lastUsedAt: string }>(again, "GET", `/credentials/${id}`, { bearer });

    expect(Date.parse(credential.lastUsedAt)).toBeGreaterThanOrEqual(at - 1000);
    expect((await exchange(again, secret)).status).toBe(200);
    await again.stop();
    again.remove();
  });
});

/** How many batches of uses a server has written, as its metrics tell. */
async function batchesWritten({ url }: { readonly url: string }): Promise<number> {
  const metrics = await (await fetch(`${url}/metrics`)).text();
  const [, count] = /^mintmark_usage_batch_credentials_count (\d+)$/m.exec(metrics) ?? [];
  return Number(count ?? 0);
}
