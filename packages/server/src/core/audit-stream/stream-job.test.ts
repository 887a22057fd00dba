import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openAuditSink } from "../../notify/syslog/open-sink.ts";
import { createHarness, type Harness, type HarnessOptions, LOOPBACK_ONLY } from "../../testing/harness.ts";
import { chooseStore, type StoreChoice } from "../../testing/stores.ts";

let folder: string;
const open: Harness[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "mintmark-stream-"));
});

afterEach(async () => {
  await Promise.all(open.splice(0).map((hub) => hub.close()));
  rmSync(folder, { recursive: true });
});

async function hubWith(
  auditStream: ReturnType<typeof openAuditSink>,
  more: HarnessOptions = {},
): Promise<Harness> {
  const hub = await createHarness({ ...more, outgoing: { ...LOOPBACK_ONLY, auditStream } });
  open.push(hub);
  return hub;
}

const stream = (hub: Harness) => hub.hub.jobs.run("stream-audit");

describe("the audit stream to a file", () => {
  const path = () => join(folder, "audit.jsonl");
  const lines = (file = path()) =>
    readFileSync(file, "utf8")
      .split("\n")
      .filter(Boolean)
      .map((line) => JSON.parse(line) as { seq: number; action: string; hash: string });

  test("of a new hub begins with event 1, of an old one with the next event", async () => {
    // With keys of its own a harness starts on an empty store.
    const fresh = await hubWith(openAuditSink({ to: "file", path: path() }, []), { ownKeys: true });
    await fresh.addUser("ada");
    await stream(fresh);
    const events = await fresh.hub.audit.list({ limit: 200 });
    expect(lines().map(({ seq }) => seq)).toEqual(events.map(({ seq }) => seq).reverse());
    expect(lines()[0]?.seq).toBe(1);
    expect(lines().map(({ hash }) => hash)).toEqual(events.map(({ hash }) => hash).reverse());

    const other = join(folder, "other.jsonl");
    const old = await hubWith(openAuditSink({ to: "file", path: other }, []));
    await old.addUser("bob");
    await stream(old);
    expect(lines(other).map(({ action }) => action)).toEqual(["account.create"]);
    expect(lines(other)[0]?.seq).toBeGreaterThan(1);
  });

  test("goes on where it stopped after a restart, without a gap and without a repeat", async () => {
    const hub = await hubWith(openAuditSink({ to: "file", path: path() }, []));
    await hub.addUser("ada");
    await stream(hub);
    await hub.restart();
    await hub.addUser("bob");
    await stream(hub);
    await stream(hub);

    const seqs = lines().map(({ seq }) => seq);
    expect(lines().map(({ action }) => action)).toEqual(["account.create", "account.create"]);
    expect(seqs[1]).toBe((seqs[0] ?? 0) + 1);
  });

  test("is for its owner alone, survives a rotation of the log and a line that a kill tore", async () => {
    const hub = await hubWith(openAuditSink({ to: "file", path: path() }, []));
    writeFileSync(path(), '{"seq":', { mode: 0o600 });
    await hub.addUser("ada");
    await stream(hub);
    expect(readFileSync(path(), "utf8").split("\n")[0]).toBe('{"seq":');
    expect(statSync(path()).mode & 0o777).toBe(0o600);

    renameSync(path(), `${path()}.1`);
    await hub.addUser("bob");
    await stream(hub);

    expect(lines()).toHaveLength(1);
    expect(statSync(path()).mode & 0o777).toBe(0o600);
  });
});

describe("the audit stream of two nodes on PostgreSQL", () => {
  let store: StoreChoice;

  beforeEach(async () => {
    store = await chooseStore("PostgreSQL");
  }, 60_000);

  afterEach(async () => {
    await Promise.all(open.splice(0).map((hub) => hub.close()));
    await store.remove();
  });

  // Sequence numbers are given while a transaction runs, and transactions end in another order.
  test("has every event once and in order, though both write and both try to send", async () => {
    const files = ["one.jsonl", "other.jsonl"].map((name) => join(folder, name));
    const nodes: Harness[] = [];
    for (const path of files) {
      const sink = openAuditSink({ to: "file", path }, []);
      nodes.push(await hubWith(sink, { openStore: store.openStore }));
    }
    const [one, other] = nodes as [Harness, Harness];
    await stream(one);
    const before = (await one.hub.audit.list({ limit: 1 }))[0]?.seq ?? 0;
    for (let round = 0; round < 5; round += 1) {
      const names = Array.from({ length: 8 }, (_, index) => `user-${round}-${index}`);
      const made = names.map((name, index) => (index % 2 === 0 ? one : other).addUser(name));
      await Promise.all([...made, stream(one), stream(other)]);
    }
    await one.restart();
    await stream(other);
    await stream(one);

    const sent = files.flatMap((path) =>
      (existsSync(path) ? readFileSync(path, "utf8") : "")
        .split("\n")
        .filter(Boolean)
        .map((line) => (JSON.parse(line) as { seq: number }).seq),
    );
    const written = (await one.hub.audit.list({ limit: 200 })).map(({ seq }) => seq).reverse();
    expect(written.filter((seq) => seq > before)).toHaveLength(40);
    expect(sent.sort((a, b) => a - b).filter((seq) => seq > before)).toEqual(
      written.filter((seq) => seq > before),
    );
    for (const path of files.filter((each) => existsSync(each))) {
      const seqs = readFileSync(path, "utf8")
        .split("\n")
        .filter(Boolean)
        .map((line) => JSON.parse(line).seq);
      expect(seqs).toEqual([...seqs].sort((a, b) => a - b));
    }
  }, 60_000);
});

/** A syslog server that reads octet-counted frames. */
class SyslogServer {
  readonly frames: string[] = [];
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #port = 0;

  constructor() {
    this.#server = createServer((socket) => {
      this.#sockets.add(socket);
      let pending = Buffer.alloc(0);
      socket.on("data", (chunk) => {
        pending = Buffer.concat([pending, chunk]);
        for (;;) {
          const space = pending.indexOf(" ");
          const length = Number(pending.subarray(0, Math.max(0, space)).toString());
          if (space < 0 || pending.length < space + 1 + length) {
            return;
          }
          this.frames.push(pending.subarray(space + 1, space + 1 + length).toString("utf8"));
          pending = pending.subarray(space + 1 + length);
        }
      });
      socket.on("error", () => undefined);
      socket.on("close", () => this.#sockets.delete(socket));
    });
  }

  listen(): Promise<number> {
    return new Promise((resolve) => {
      this.#server.listen(this.#port, "127.0.0.1", () => {
        this.#port = (this.#server.address() as AddressInfo).port;
        resolve(this.#port);
      });
    });
  }

  async kill(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    for (const socket of this.#sockets) {
      socket.destroy();
    }
    await closed;
  }

  async until(count: number): Promise<void> {
    while (this.frames.length < count) {
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}

describe("the audit stream to syslog", () => {
  let server: SyslogServer;
  let port: number;

  beforeEach(async () => {
    server = new SyslogServer();
    port = await server.listen();
  });

  afterEach(() => server.kill());

  const sink = () => openAuditSink({ to: "syslog", host: "127.0.0.1", port, tls: false }, []);
  const seqs = () => server.frames.map((frame) => Number(/seq="(\d+)"/.exec(frame)?.[1]));

  test("sends RFC 5424 messages with number, hash and the event", async () => {
    const hub = await hubWith(sink());
    await hub.addUser("ada");
    await stream(hub);
    await server.until(1);

    const [event] = await hub.hub.audit.list({ limit: 1 });
    const [frame = ""] = server.frames;
    expect(frame).toMatch(
      /^<109>1 \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z \S+ mintmark \d+ account\.create \[mintmark@32473 seq="\d+" hash="[0-9a-f]{64}"\] \{/,
    );
    expect(JSON.parse(frame.slice(frame.indexOf("{")))).toMatchObject({
      seq: event?.seq,
      hash: event?.hash,
      action: "account.create",
      owner: "ada",
    });
  });

  test("sends again what a broken connection may have lost, in order and without a gap", async () => {
    const hub = await hubWith(sink());
    await hub.addUser("ada");
    await hub.addUser("bob");
    await stream(hub);
    await server.until(2);
    const lost = seqs();
    await server.kill();
    await hub.addUser("eve");
    // The break is noticed by the connection's end, or by the write that fails.
    for (let attempt = 0; attempt < 3; attempt += 1) {
      await stream(hub);
    }
    await server.listen();
    server.frames.length = 0;
    while (server.frames.length < 3) {
      await stream(hub);
      await new Promise((resolve) => setImmediate(resolve));
    }

    expect(seqs()).toEqual([...lost, (lost[1] ?? 0) + 1]);
  });

  test("does not leave the machine in plain text unless the operator lists the network", () => {
    const target = { to: "syslog", host: "203.0.113.7", port: 514, tls: false } as const;
    expect(() => openAuditSink(target, [])).toThrow(/syslog\+tls/);
    expect(() => openAuditSink(target, ["203.0.113.0/24"])).not.toThrow();
    expect(() => openAuditSink({ ...target, tls: true }, [])).not.toThrow();
  });
});
