import type { AddressInfo } from "node:net";
import { createServer, type Server } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { MailServer } from "../packages/server/src/testing/mail-server.ts";
import { startPostgres, type TestPostgres } from "../packages/server/src/testing/postgres.ts";
import { requireProgram } from "./programs.ts";
import { api, logIn, type RunningServer, startServer } from "./server.ts";

const TIMEOUT_MS = 120_000;

/** What one of two real servers on one PostgreSQL tells, the other does not tell again. */
describe("two servers on one database", () => {
  let postgres: TestPostgres;
  let env: Record<string, string>;
  let servers: RunningServer[];

  beforeEach(async () => {
    postgres = await startPostgres();
    env = {
      MINTMARK_DATABASE_URL: await postgres.createDatabase(),
      MINTMARK_MASTER_KEY: Buffer.alloc(32, 5).toString("base64"),
      MINTMARK_LOG_LEVEL: "warn",
    };
    servers = [];
  }, TIMEOUT_MS);

  afterEach(async () => {
    await Promise.all(servers.map((server) => server.stop()));
    for (const server of servers) {
      server.remove();
    }
    await postgres.remove();
  }, TIMEOUT_MS);

  async function start(wrapper: readonly string[] = []): Promise<RunningServer> {
    const server = await startServer({ env, ...(wrapper.length > 0 ? { wrapper } : {}) });
    servers.push(server);
    return server;
  }

  const issue = (server: RunningServer, bearer: string, kind: string) =>
    api(server, "POST", "/credentials", {
      bearer,
      body: { kind, title: "nightly", ...(kind === "personal_token" ? { scopes: ["*:*:*"] } : {}) },
    });

  describe("under a moved clock", () => {
    const faketime = requireProgram("faketime") ?? "";

    test(
      "send one mail for each threshold, also after both were restarted",
      async () => {
        const mail = await MailServer.open();
        env = { ...env, MINTMARK_MAIL_URL: mail.url, MINTMARK_MAIL_FROM: "hub@example.com" };
        const first = await start();
        const bearer = await logIn(first);
        await api(first, "PATCH", "/users/admin", { bearer, body: { email: "admin@example.com" } });
        await issue(first, bearer, "offline_token");
        await first.stop();

        for (const [days, mails] of [
          [16, 1],
          [23, 2],
        ] as const) {
          const wrapper = [faketime, "-f", `+${days}d`];
          const pair = await Promise.all([start(wrapper), start(wrapper)]);
          await expect.poll(() => mail.accepted.length, { timeout: 30_000 }).toBe(mails);
          await Promise.all(pair.map((server) => server.stop()));
        }
        const again = await Promise.all([1, 2].map(() => start([faketime, "-f", "+23d"])));
        await Promise.all(again.map((server) => server.stop()));
        await mail.kill();

        expect(mail.attempts).toBe(2);
        expect(mail.taken).toEqual([
          expect.stringMatching(/^admin@example\.com: Your offline token mmo_/),
          expect.stringMatching(/^admin@example\.com: Your offline token mmo_/),
        ]);
      },
      TIMEOUT_MS,
    );
  });

  test(
    "stream every audit event in order, also when the one that streams is killed and the receiver goes away",
    async () => {
      const collector = await Collector.open();
      env = { ...env, MINTMARK_AUDIT_STREAM: `syslog://127.0.0.1:${collector.port}` };
      const [one, other] = [await start(), await start()];
      const bearer = await logIn(one);
      await issue(one, bearer, "personal_token");
      await issue(other, bearer, "personal_token");
      await expect.poll(() => collector.seqs.length, { timeout: 30_000 }).toBeGreaterThan(2);
      await collector.kill();
      await issue(one, bearer, "personal_token");
      await one.stop("SIGKILL");
      await issue(other, bearer, "personal_token");
      await collector.listen();

      const last = async () =>
        (await api<{ events: { seq: number }[] }>(other, "GET", "/audit?limit=1", { bearer })).events[0]?.seq;
      const head = (await last()) ?? 0;
      await expect.poll(() => collector.seqs.includes(head), { timeout: 60_000 }).toBe(true);

      const told = [...new Set(collector.seqs)];
      expect(told).toEqual(Array.from({ length: head }, (_, at) => at + 1));
      await collector.kill();
    },
    TIMEOUT_MS,
  );
});

/** A receiver of RFC 5424 messages with octet counting (RFC 6587 §3.4.1). */
class Collector {
  /** The numbers of the audit events, in the order in which they came. */
  readonly seqs: number[] = [];
  port = 0;
  #server: Server | undefined;
  #sockets: { destroy(): void }[] = [];

  static async open(): Promise<Collector> {
    const collector = new Collector();
    await collector.listen();
    return collector;
  }

  listen(): Promise<void> {
    const server = createServer((socket) => {
      this.#sockets.push(socket);
      let waiting: Buffer = Buffer.alloc(0);
      socket.on("error", () => undefined);
      socket.on("data", (chunk) => {
        waiting = this.#take(Buffer.concat([waiting, chunk]));
      });
    });
    this.#server = server;
    return new Promise((resolve) => {
      server.listen(this.port, "127.0.0.1", () => {
        this.port = (server.address() as AddressInfo).port;
        resolve();
      });
    });
  }

  kill(): Promise<void> {
    for (const socket of this.#sockets.splice(0)) {
      socket.destroy();
    }
    return new Promise((resolve) => {
      this.#server?.close(() => resolve());
    });
  }

  /** Reads the whole messages; returns the rest. */
  #take(bytes: Buffer): Buffer {
    let rest = bytes;
    for (;;) {
      const space = rest.indexOf(" ");
      const length = Number(rest.subarray(0, Math.max(0, space)).toString());
      if (space < 0 || rest.length < space + 1 + length) {
        return rest;
      }
      const message = rest.subarray(space + 1, space + 1 + length).toString("utf8");
      this.seqs.push(Number(/\[mintmark@32473 seq="(\d+)"/.exec(message)?.[1]));
      rest = rest.subarray(space + 1 + length);
    }
  }
}
