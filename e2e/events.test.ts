import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createServer as createTlsServer } from "node:tls";
import { fileURLToPath } from "node:url";
import { Webhook as Verifier } from "standardwebhooks";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { MailServer } from "../packages/server/src/testing/mail-server.ts";
import { startPostgres, type TestPostgres } from "../packages/server/src/testing/postgres.ts";
import { Receiver } from "../packages/server/src/testing/receiver.ts";
import { STORES } from "../packages/server/src/testing/stores.ts";
import { guideBlock } from "./guide-blocks.ts";
import { requireProgram } from "./programs.ts";
import { api, logIn, type RunningServer, startServer } from "./server.ts";

const GUIDE = readFileSync(fileURLToPath(new URL("../docs/guide/events.md", import.meta.url)), "utf8");
const LOOPBACK = { MINTMARK_OUTBOUND_ALLOW: "127.0.0.0/8" };

interface Issued {
  readonly credential: { readonly id: string };
  readonly secret: string;
}

const issue = (server: RunningServer, bearer: string) =>
  api<Issued>(server, "POST", "/credentials", {
    bearer,
    body: { kind: "personal_token", scopes: ["*:*:*"] },
  });
const subscribe = (server: RunningServer, bearer: string, url: string, events: readonly string[]) =>
  api<{ webhook: { id: string }; secret: string }>(server, "POST", "/webhooks", {
    bearer,
    body: { url, events },
  });

describe.each(STORES)("webhooks of real servers on %s", (storeName) => {
  let postgres: TestPostgres | undefined;
  let env: Record<string, string>;
  let receiver: Receiver;
  let servers: RunningServer[];

  beforeAll(async () => {
    env = { ...LOOPBACK, MINTMARK_DELIVERY_RETRIES: "1s,1s,1s,1s,1s,1s" };
    if (storeName === "PostgreSQL") {
      postgres = await startPostgres();
      env.MINTMARK_MASTER_KEY = Buffer.alloc(32, 5).toString("base64");
    }
  });

  afterAll(() => postgres?.remove());

  beforeEach(async () => {
    receiver = await Receiver.open();
    servers = [];
    if (postgres) {
      env.MINTMARK_DATABASE_URL = await postgres.createDatabase();
    }
  });

  afterEach(async () => {
    await Promise.all(servers.map((server) => server.stop()));
    for (const server of servers) {
      server.remove();
    }
    await receiver.kill();
  });

  async function start(dataDir?: string): Promise<RunningServer> {
    const server = await startServer({ env, ...(dataDir === undefined ? {} : { dataDir }) });
    servers.push(server);
    return server;
  }

  test("an event whose server is killed before it could send arrives after the restart", async () => {
    const first = await start();
    const bearer = await logIn(first);
    await subscribe(first, bearer, receiver.url, ["credential.issued"]);
    await receiver.kill();
    const made = await Promise.all([issue(first, bearer), issue(first, bearer), issue(first, bearer)]);
    await first.stop("SIGKILL");
    await receiver.listen();
    await start(first.dataDir);
    await receiver.until(3);

    const told = receiver.received.map(
      ({ body }) => (JSON.parse(body) as { data: { credentialId: string } }).data.credentialId,
    );
    expect(new Set(told)).toEqual(new Set(made.map(({ credential }) => credential.id)));
  });

  test("a delivery that a killed server had under way is taken over under the same id", async () => {
    const first = await start();
    const bearer = await logIn(first);
    const { secret } = await subscribe(first, bearer, receiver.url, ["credential.issued"]);
    // Another node of the same database takes over; on SQLite the server that is started again does.
    if (postgres) {
      await start();
    }
    receiver.answer = () => undefined;
    await issue(first, bearer);
    await receiver.until(1);
    await Promise.all(servers.slice(0, 1).map((server) => server.stop("SIGKILL")));
    receiver.answer = (_message, response) => response.writeHead(204).end();
    if (!postgres) {
      await start(first.dataDir);
    }
    await receiver.until(2);

    const [ids, last] = [receiver.header("webhook-id"), receiver.received[1]];
    expect(ids[1]).toBe(ids[0]);
    expect(() =>
      new Verifier(secret).verify(last?.body ?? "", last?.headers as Record<string, string>),
    ).not.toThrow();
  });
});

describe("a real server", () => {
  let server: RunningServer | undefined;
  let mail: MailServer;
  let folder: string;

  beforeEach(async () => {
    mail = await MailServer.open();
    folder = mkdtempSync(join(tmpdir(), "mintmark-events-"));
  });

  afterEach(async () => {
    await server?.stop();
    server?.remove();
    await mail.kill();
    rmSync(folder, { recursive: true, force: true });
  });

  test("stops within ten seconds while a receiver stalls, and delivers afterwards", async () => {
    const receiver = await Receiver.open();
    server = await startServer({ env: LOOPBACK });
    const bearer = await logIn(server);
    const { webhook } = await subscribe(server, bearer, receiver.url, ["webhook.test"]);
    receiver.answer = () => undefined;
    await api(server, "POST", `/webhooks/${webhook.id}/test`, { bearer, status: 202 });
    await receiver.until(1);
    const began = performance.now();
    expect(await server.stop()).toBe(0);
    expect(performance.now() - began).toBeLessThan(10_000);

    receiver.answer = (_message, response) => response.writeHead(204).end();
    server = await startServer({ env: LOOPBACK, dataDir: server.dataDir });
    await receiver.until(2);
    expect(receiver.header("webhook-id")[1]).toBe(receiver.header("webhook-id")[0]);
    await receiver.kill();
  });

  describe("under a moved clock", () => {
    const faketime = requireProgram("faketime");

    test("warns by mail at its start, once, and not again after a restart", async () => {
      const env = { MINTMARK_MAIL_URL: mail.url, MINTMARK_MAIL_FROM: "hub@example.com" };
      server = await startServer({ env });
      const bearer = await logIn(server);
      await api(server, "PATCH", "/users/admin", { bearer, body: { email: "admin@example.com" } });
      await api(server, "POST", "/credentials", {
        bearer,
        body: { kind: "offline_token", title: "nightly" },
      });
      await server.stop();
      const inDays = async (days: number) => {
        const wrapper = [faketime ?? "", "-f", `+${days}d`];
        server = await startServer({ env, wrapper, ...(server ? { dataDir: server.dataDir } : {}) });
      };
      await inDays(16);
      await until(() => mail.accepted.length === 1);
      await server.stop();
      await inDays(23);
      await until(() => mail.accepted.length === 2);
      await server.stop();

      expect(mail.taken).toEqual([
        expect.stringMatching(/^admin@example\.com: Your offline token mmo_/),
        expect.stringMatching(/^admin@example\.com: Your offline token mmo_/),
      ]);
      expect(mail.attempts).toBe(2);
      expect(mail.accepted[0]?.text).toContain("nightly");
    });
  });

  test("streams its audit log over TLS to a server that a given authority vouches for, and to no other", async () => {
    const openssl = (...args: string[]) => execFileSync("openssl", args, { cwd: folder, stdio: "ignore" });
    openssl(
      "req",
      "-x509",
      "-newkey",
      "rsa:2048",
      "-nodes",
      "-keyout",
      "key.pem",
      "-out",
      "cert.pem",
      "-days",
      "2",
      "-subj",
      "/CN=localhost",
      "-addext",
      "subjectAltName=DNS:localhost",
    );
    let received = "";
    const tls = createTlsServer(
      { key: readFileSync(join(folder, "key.pem")), cert: readFileSync(join(folder, "cert.pem")) },
      (socket) =>
        socket
          .on("data", (chunk) => {
            received += chunk.toString();
          })
          .on("error", () => undefined),
    );
    const port = await freePort();
    await new Promise<void>((resolve) => tls.listen(port, "127.0.0.1", resolve));
    const stream = { MINTMARK_AUDIT_STREAM: `syslog+tls://localhost:${port}` };
    server = await startServer({ env: stream });
    const stranger = server;
    await until(() => stranger.log().includes("a job failed"));
    expect(received).toBe("");
    await server.stop();
    const trusting = { ...stream, NODE_EXTRA_CA_CERTS: join(folder, "cert.pem") };
    server = await startServer({ env: trusting, dataDir: server.dataDir });

    await until(() => received.includes('"action":"account.create"'));
    expect(received).toMatch(
      /^\d+ <109>1 \S+ \S+ mintmark \d+ \S+ \[mintmark@32473 seq="1" hash="[0-9a-f]{64}"\] \{/,
    );
    await server.stop();
    await new Promise((resolve) => tls.close(resolve));
  });
});

describe("the guide to events", () => {
  let server: RunningServer;
  let bearer: string;
  let folder: string;
  const children: ChildProcess[] = [];

  beforeAll(async () => {
    server = await startServer({ env: LOOPBACK });
    bearer = await logIn(server);
  });

  afterAll(async () => {
    await server.stop();
    server.remove();
  });

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "mintmark-guide-events-"));
  });

  afterEach(async () => {
    for (const child of children.splice(0)) {
      child.kill("SIGKILL");
    }
    rmSync(folder, { recursive: true, force: true });
  });

  test("has a receiver that takes what the hub signs and nothing else", async () => {
    const port = await freePort();
    const url = `http://127.0.0.1:${port}/`;
    const { webhook, secret } = await subscribe(server, bearer, url, ["webhook.test"]);
    writeFileSync(join(folder, "receiver.mjs"), guideBlock(GUIDE, "receiver.mjs"));
    const child = spawn(process.execPath, ["receiver.mjs"], {
      cwd: folder,
      env: { ...process.env, SECRET: secret, PORT: String(port) },
      stdio: ["ignore", "pipe", "inherit"],
    });
    children.push(child);
    let printed = "";
    child.stdout.on("data", (chunk: Buffer) => {
      printed += chunk.toString();
    });
    const forged = await untilAnswered(() => fetch(url, { method: "POST", body: "{}" }));
    expect(forged.status).toBe(401);
    await api(server, "POST", `/webhooks/${webhook.id}/test`, { bearer, status: 202 });

    await until(() => printed.includes('"type":"webhook.test"'));
    expect(printed.split("\n")[0]).toBe("a message that the hub did not sign");
  });

  test("shows how to read the audit log into a spreadsheet", async () => {
    const curl = guideBlock(GUIDE, "csv");
    const csv = execFileSync("bash", ["-c", curl], {
      env: { ...process.env, SESSION: bearer, HUB: server.url },
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    });
    expect(csv.split("\r\n")[0]).toMatch(/^seq,at,actor,action,/);
    expect(csv).toContain(",session.create,admin,");
  });
});

describe("the audit stream to rsyslog", () => {
  const rsyslogd = requireProgram("rsyslogd");
  let folder: string;
  let port: number;
  let daemon: ChildProcess | undefined;
  let server: RunningServer | undefined;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "mintmark-rsyslog-"));
    port = await freePort();
    const conf = guideBlock(GUIDE, "rsyslog.conf")
      .replace("6514", String(port))
      .replace("/var/log/mintmark-audit.log", join(folder, "audit.log"));
    writeFileSync(
      join(folder, "rsyslog.conf"),
      `global(workDirectory="${folder}" maxMessageSize="64k")\n${conf}`,
    );
  });

  afterEach(async () => {
    await server?.stop();
    server?.remove();
    await stopDaemon();
    rmSync(folder, { recursive: true, force: true });
  });

  function startDaemon(): void {
    const args = ["-n", "-f", join(folder, "rsyslog.conf"), "-i", join(folder, "rsyslog.pid")];
    daemon = spawn(rsyslogd ?? "", args, { stdio: "ignore" });
  }

  async function stopDaemon(): Promise<void> {
    const running = daemon;
    daemon = undefined;
    if (running && running.exitCode === null) {
      const ended = new Promise((resolve) => running.once("exit", resolve));
      running.kill("SIGTERM");
      await ended;
    }
  }

  const lines = () => {
    try {
      return readFileSync(join(folder, "audit.log"), "utf8").split("\n").filter(Boolean);
    } catch {
      return [];
    }
  };
  const seqs = () =>
    lines().map((line) => Number(/^\[mintmark@32473 seq="(\d+)" hash="[0-9a-f]{64}"\]/.exec(line)?.[1]));

  test("brings every event from the first on, also those from while it was away", async () => {
    startDaemon();
    server = await startServer({ env: { MINTMARK_AUDIT_STREAM: `syslog://127.0.0.1:${port}` } });
    const running = server;
    const bearer = await logIn(running);
    await api(running, "POST", "/users", {
      bearer,
      body: { username: "ada", displayName: 'Ada "☂" ]', role: "member" },
    });
    await until(() =>
      lines().some((line) => line.includes('"action":"account.create"') && line.includes("ada")),
    );
    await stopDaemon();
    await issue(running, bearer);
    await issue(running, bearer);
    startDaemon();
    const head = async () => {
      const { events } = await api<{ events: { seq: number }[] }>(running, "GET", "/audit?limit=1", {
        bearer,
      });
      return events[0]?.seq ?? 0;
    };
    const last = await head();
    await until(() => seqs().includes(last));

    const told = [...new Set(seqs())].sort((a, b) => a - b);
    expect(told).toEqual(Array.from({ length: last }, (_, index) => index + 1));
    const line = lines().find((each) => each.includes('"username"') || each.includes("account.create"));
    expect(() => JSON.parse((line ?? "").slice((line ?? "").indexOf("{")))).not.toThrow();
  });
});

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function untilAnswered(ask: () => Promise<Response>): Promise<Response> {
  for (;;) {
    try {
      return await ask();
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}
