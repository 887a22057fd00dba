import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { S3_KEYS, S3_URL } from "../packages/server/src/config/s3-types.ts";
import { openArtifacts } from "../packages/server/src/storage/artifacts/open-artifacts.ts";
import { S3ArtifactStore } from "../packages/server/src/storage/artifacts/s3/s3-artifact-store.ts";
import { describeArtifactStore } from "../packages/server/src/storage/contract-artifacts.ts";
import { buildCollection, sha256Hex } from "../packages/server/src/testing/collection-tarball.ts";
import { startPostgres, type TestPostgres } from "../packages/server/src/testing/postgres.ts";
import { runInProcess } from "../packages/server/src/testing/run-command.ts";
import { requireProgram } from "./programs.ts";
import { S3_TEST_KEYS, startS3, type TestS3 } from "./s3-server.ts";
import { api, logIn, type RunningServer, startServer } from "./server.ts";

const hasSwift = requireProgram("swift-proxy-server") !== undefined;

const options = (url: string, keys = S3_TEST_KEYS) => {
  const [artifacts, artifactsKey] = [S3_URL.parse(url), S3_KEYS.parse(keys)];
  if (!artifacts || !artifactsKey) {
    throw new Error(`these options are not sound: ${url}`);
  }
  return { artifacts, artifactsKey };
};

let s3: TestS3;

beforeAll(async () => {
  if (hasSwift) {
    s3 = await startS3();
  }
});
afterAll(() => s3?.stop());

let places = 0;
describeArtifactStore("in a bucket", async () => {
  places += 1;
  const folder = await mkdtemp(join(tmpdir(), "mintmark-s3-store-"));
  const { artifacts, artifactsKey } = options(s3.url(`contract/${places}`));
  const open = () => S3ArtifactStore.open(artifacts, artifactsKey, folder);
  return {
    store: await open(),
    staging: join(folder, "artifacts", "tmp"),
    openAgain: open,
    remove: () => rm(folder, { recursive: true }),
  };
});

describe("a bucket of artifacts", () => {
  let folder: string;
  const silences: string[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "mintmark-s3-store-"));
  });
  afterAll(async () => {
    await rm(folder, { recursive: true });
  });

  const open = (url = s3.url("hub"), keys = S3_TEST_KEYS) =>
    openArtifacts(options(url, keys), folder, (sentence) => silences.push(sentence));
  async function publish(text: string, url?: string) {
    const store = await open(url);
    const bytes = (async function* () {
      yield Buffer.from(text);
    })();
    const staged = await store.receive(bytes, { bytesMax: 100 });
    await store.publish(staged);
    return { store, sha256: staged.sha256 };
  }

  it("holds each under its prefix and its hash", async () => {
    const { sha256 } = await publish("hello", s3.url("some/where"));
    const { store } = await publish("other", s3.url());
    expect(await store.open(sha256)).toBeNull();
    const above = await open(s3.url("some"));
    expect(await above.open(sha256)).toBeNull();
  });

  // A bucket is outside the hub: its bytes are believed only if they have the hash that the row names.
  it("whose bytes have changed gives no whole artifact", async () => {
    const { store, sha256 } = await publish("to be damaged");
    s3.damage();
    const opened = await store.open(sha256);
    const parts: unknown[] = [];
    await expect(async () => {
      for await (const part of opened?.stream ?? []) {
        parts.push(part);
      }
    }).rejects.toThrow("are not those that were published");
    expect(parts).toEqual([]);
  });

  it("that does not exist, or whose keys are wrong, is refused in a sentence without a secret", async () => {
    await expect(open(s3.url("", "another-bucket"))).rejects.toThrow(
      /another-bucket.*NoSuchBucket.*MINTMARK_ART/,
    );
    const refused = open(s3.url(), `${S3_TEST_KEYS.split(" ")[0]} not-the-secret`);
    await expect(refused).rejects.toThrow(/SignatureDoesNotMatch/);
    await expect(refused).rejects.not.toThrow(/not-the-secret/);
  });

  it("out of reach is told at the start, and its artifacts are unavailable", async () => {
    const store = await open("s3://collections?endpoint=http://127.0.0.1:1");
    expect(silences).toEqual([expect.stringMatching(/cannot be read.*ECONNREFUSED.*503/)]);
    await expect(store.open("0".repeat(64))).rejects.toMatchObject({ code: "store_unavailable" });
  });

  describe("on a server that stumbles", () => {
    let stumbling: Server;
    let answers: number[];
    let seen: number;
    let url: string;

    beforeAll(async () => {
      stumbling = createServer((request, response) => {
        seen += 1;
        request.resume();
        request.on("end", () => {
          response.writeHead(answers.shift() ?? 200).end("<Error><Code>SlowDown</Code></Error>");
        });
      });
      await new Promise<void>((resolve) => stumbling.listen(0, "127.0.0.1", resolve));
      url = `s3://collections?endpoint=http://127.0.0.1:${(stumbling.address() as AddressInfo).port}`;
    });
    afterAll(() => {
      stumbling.closeAllConnections();
      stumbling.close();
    });

    it("an upload is tried again", async () => {
      [answers, seen] = [[200, 503, 500, 200], 0];
      await publish("tried again", url);
      expect(seen).toBe(4);
    });

    it("an upload that fails three times is unavailable and stays staged for its discard", async () => {
      [answers, seen] = [[200, 503, 503, 503], 0];
      await expect(publish("never", url)).rejects.toMatchObject({ code: "store_unavailable" });
      expect(seen).toBe(4);
    });
  });
});

// Several nodes share a database and a bucket, and nothing else: no folder that all can see.
describe("two nodes with a bucket", () => {
  let postgres: TestPostgres;
  let folder: string;
  let nodes: readonly RunningServer[] = [];
  let collection: { readonly bytes: Buffer; readonly filename: string };
  let token: string;
  const environment = (name: string, url: string): Record<string, string> => ({
    MINTMARK_MASTER_KEY: Buffer.alloc(32, 7).toString("base64"),
    MINTMARK_DATABASE_URL: url,
    MINTMARK_DATA_DIR: join(folder, name),
    MINTMARK_ARTIFACTS: s3.url("nodes"),
    AWS_ACCESS_KEY_ID: S3_TEST_KEYS.split(" ")[0] ?? "",
    AWS_SECRET_ACCESS_KEY: S3_TEST_KEYS.split(" ")[1] ?? "",
  });
  let url: string;

  beforeAll(async () => {
    if (!hasSwift) {
      return;
    }
    postgres = await startPostgres();
    url = await postgres.createDatabase();
    folder = mkdtempSync(join(tmpdir(), "mintmark-s3-nodes-"));
    const start = (name: string) => {
      mkdirSync(join(folder, name), { mode: 0o700 });
      return startServer({ dataDir: join(folder, name), env: environment(name, url) });
    };
    nodes = [await start("a"), await start("b")];
    collection = await buildCollection();
  });
  afterAll(async () => {
    await Promise.all(nodes.map((node) => node.stop("SIGKILL")));
    await postgres?.remove();
    rmSync(folder ?? "", { recursive: true, force: true });
  });

  const fetchFrom = (node: RunningServer | undefined, headers: Record<string, string> = {}) =>
    fetch(`${node?.url}/api/galaxy/v3/artifacts/collections/${collection.filename}`, {
      headers: { authorization: `Token ${token}`, ...headers },
    });

  it("give at one what was published at the other, whole and in part", async () => {
    const [first, second] = nodes;
    if (first === undefined) {
      throw new Error("no node runs");
    }
    const bearer = await logIn(first);
    ({ secret: token } = await api<{ secret: string }>(first, "POST", "/credentials", {
      bearer,
      body: { kind: "hub_token", title: "publisher" },
    }));
    const form = new FormData();
    form.set("file", new Blob([new Uint8Array(collection.bytes)]), collection.filename);
    form.set("sha256", sha256Hex(collection.bytes));
    const published = await fetch(`${first.url}/api/galaxy/v3/artifacts/collections/`, {
      method: "POST",
      headers: { authorization: `Token ${token}` },
      body: form,
    });
    expect(published.status, await published.text()).toBe(202);

    const whole = await fetchFrom(second);
    expect(Buffer.from(await whole.arrayBuffer()).equals(collection.bytes)).toBe(true);
    const part = await fetchFrom(second, { range: "bytes=10-19" });
    expect(part.status).toBe(206);
    expect(part.headers.get("content-range")).toBe(`bytes 10-19/${collection.bytes.length}`);
    expect(Buffer.from(await part.arrayBuffer()).equals(collection.bytes.subarray(10, 20))).toBe(true);
  });

  it("are backed up with what is in the bucket, and restored into another", async () => {
    const backup = join(folder, "backup.tar");
    const made = await runInProcess(["backup", "--to", backup, "--json"], environment("b", url));
    expect([made.code, JSON.parse(made.out)]).toEqual([0, expect.objectContaining({ files: 1 })]);
    expect((await runInProcess(["backup", "--check", backup], {})).code).toBe(0);
    await Promise.all(nodes.map((node) => node.stop()));
    const moved = { ...environment("restored", url), MINTMARK_ARTIFACTS: s3.url("moved") };
    const { code, notes } = await runInProcess(["restore", "--from", backup], moved);
    expect([code, notes]).toEqual([0, ""]);

    const { artifacts, artifactsKey } = options(s3.url("moved"));
    const store = await S3ArtifactStore.open(artifacts, artifactsKey, folder);
    const opened = await store.open(sha256Hex(collection.bytes));
    const bytes: Buffer[] = [];
    for await (const part of opened?.stream ?? []) {
      bytes.push(part as Buffer);
    }
    expect(Buffer.concat(bytes).equals(collection.bytes)).toBe(true);
  });

  it("whose options lack the keys, or name a bucket that is none, are told by check-config", async () => {
    const { AWS_ACCESS_KEY_ID: _id, ...without } = environment("b", url);
    const missing = await runInProcess(["check-config"], without);
    expect(missing.code).toBe(78);
    expect(missing.notes).toContain("MINTMARK_ARTIFACTS_KEY");
    const odd = { ...environment("b", url), MINTMARK_ARTIFACTS: "s3://Bucket" };
    expect((await runInProcess(["check-config"], odd)).code).toBe(78);
    const shown = await runInProcess(["check-config"], environment("b", url));
    expect(shown.out).toContain("MINTMARK_ARTIFACTS_KEY = [secret]  (environment AWS_ACCESS_KEY_ID)");
    expect(shown.out).toContain(`MINTMARK_ARTIFACTS = ${s3.url("nodes")}`);
    expect(readFileSync(join(folder, "backup.tar"), "latin1")).not.toContain(S3_TEST_KEYS.split(" ")[1]);
  });
});
