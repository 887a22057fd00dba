import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readKeyFile } from "../../key-file.ts";
import { createHarness, type Harness } from "../../testing/harness.ts";
import { runInProcess } from "../../testing/run-command.ts";

const KEY = Buffer.alloc(32, 7).toString("base64");

describe("the key commands, on a key file next to a running server", () => {
  let folder: string;
  let file: string;
  let hub: Harness;
  let used: { secret: string };

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "mintmark-key-file-"));
    file = join(folder, "master.key");
    writeFileSync(file, `${KEY}\n`, { mode: 0o600 });
    hub = await createHarness({
      masterKeys: () => readKeyFile(file) ?? { current: 1, keys: new Map([[1, Buffer.from(KEY, "base64")]]) },
    });
    hub.server.startJobs();
    await hub.addUser("ada");
    used = await hub.issue("ada", "personal_token");
    await hub.issue("ada", "app_token");
  });

  afterAll(async () => {
    await hub.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const run = (argv: readonly string[], env: Record<string, string> = { MINTMARK_MASTER_KEY_FILE: file }) =>
    runInProcess(["key", ...argv], { MINTMARK_DATA_DIR: hub.directory, ...env });

  test("rotate writes the file, and the running server takes it up within five seconds", async () => {
    const { code, out, notes } = await run(["rotate", "--json"]);
    expect([code, notes]).toEqual([0, ""]);
    expect(JSON.parse(out)).toEqual({ version: "v2", file, takenUp: true });
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readFileSync(file, "utf8")).toMatch(/^v2:\S{44}\nv1:\S{44}\n$/);
    expect(hub.server.context.keyring.currentVersion).toBe(2);
  });

  test("status counts what is under each version", async () => {
    await hub.call({ url: "/api/mintmark/v1/session", bearer: used.secret });
    await hub.server.context.keyMoves.flush();
    const { out } = await run(["status", "--json"]);
    expect(JSON.parse(out)).toMatchObject({
      versions: [
        { version: "v2", current: true, credentials: 1, byKind: { personal_token: 1 } },
        { version: "v1", current: false, credentials: 1, byKind: { app_token: 1 } },
      ],
    });
  });

  test("retire refuses with 75 while something is left, and ends it if told to", async () => {
    expect((await run(["retire", "v1"])).code).toBe(75);
    expect((await run(["retire", "v2", "--end-remaining"])).code).toBe(75);
    const { code, out } = await run(["retire", "v1", "--end-remaining", "--json"]);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toEqual({ version: "v1", credentialsEnded: 1, clientsEnded: [] });
    expect(readFileSync(file, "utf8")).toMatch(/^v2:\S{44}\n$/);
    expect((await run(["retire", "v1"])).code).toBe(64);
    expect((await hub.call({ url: "/api/mintmark/v1/session", bearer: used.secret })).statusCode).toBe(200);
  });

  test("with the key from the environment rotate ends with 64 and says what to set", async () => {
    const text = readFileSync(file, "utf8").trim();
    const { code, notes } = await run(["rotate"], { MINTMARK_MASTER_KEY: text });
    expect(code).toBe(64);
    expect(notes).toContain("MINTMARK_MASTER_KEY=v3:<the new one>,v2:<the present one>");
    expect(notes).not.toContain(text.slice(3));
  });
});
