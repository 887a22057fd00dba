import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { anonymousCaller } from "../../core/caller.ts";
import { createHarness, type Harness } from "../../testing/harness.ts";
import { addManyCredentials } from "../../testing/many-credentials.ts";
import type { EndsPlace } from "../sql/ends/ends-record.ts";
import { openNative } from "../sqlite/driver.ts";
import { openSqliteStore } from "../sqlite/open.ts";
import { EndsFile } from "./ends-file.ts";
import { readEndsLog } from "./read-ends-log.ts";

const NOBODY = anonymousCaller({ address: null, agent: null });

describe("the ends log", () => {
  let folder: string;
  let path: string;
  let hub: Harness;
  let losses: string[];
  let logged = true;
  let rotateBytes = 1_000_000;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "mintmark-ends-"));
    path = join(folder, "ends.log");
    losses = [];
    logged = true;
    rotateBytes = 1_000_000;
    hub = await createHarness({
      openStore: (directory, clock) => {
        const ends = logged
          ? new EndsFile(path, (sentence) => losses.push(sentence), { rotateBytes })
          : undefined;
        return openSqliteStore(join(directory, "mintmark.sqlite"), clock, { ends });
      },
    });
    await hub.addUser("ada");
  });

  afterEach(async () => {
    await hub.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const place = async (): Promise<EndsPlace> =>
    JSON.parse((await hub.server.context.store.read.settings.get("ends-log")) ?? "null") as EndsPlace;
  const lines = () => readFileSync(path, "utf8").trimEnd().split("\n");
  const revokeOne = async () => {
    const { id } = await hub.issue("ada", "app_token");
    const credential = await hub.hub.credentials.ofOwner(await hub.hub.accounts.get("ada"), id);
    return hub.hub.revocations.revoke(credential, NOBODY, null);
  };

  test("opens with the audit head that it covers from, for its owner alone", () => {
    expect(JSON.parse(lines()[0] ?? "")).toMatchObject({ n: 0, audit: { seq: 0 }, images: [] });
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  test("holds what takes power away and nothing of what only gives it", async () => {
    const before = (await place()).n;
    await hub.issue("ada", "app_token");
    await hub.logIn("ada");
    expect((await place()).n).toBe(before);
    await revokeOne();
    await hub.hub.accounts.update("ada", { disabled: true }, NOBODY);
    await hub.hub.accounts.update("ada", { disabled: false }, NOBODY);
    expect((await place()).n).toBe(before + 3);
    expect(lines()).toHaveLength((await place()).n + 1);
  });

  // An acknowledged revocation that is not in the log would live again after a restore.
  test("a change that cannot be written is not acknowledged and did not happen", async () => {
    const { id, secret } = await hub.issue("ada", "app_token");
    renameSync(path, `${path}.away`);
    mkdirSync(path);
    const credential = await hub.hub.credentials.ofOwner(await hub.hub.accounts.get("ada"), id);

    await expect(hub.hub.revocations.revoke(credential, NOBODY, null)).rejects.toMatchObject({
      code: "store_unavailable",
    });

    rmSync(path, { recursive: true });
    renameSync(`${path}.away`, path);
    expect((await hub.call({ url: "/verify", bearer: secret })).statusCode).not.toBe(401);
    expect(await hub.hub.revocations.revoke(credential, NOBODY, null)).toBe(true);
    expect((await readEndsLog([path], { ...(await place()), n: 0, hash: firstHash() })).records).toBe(
      (await place()).n,
    );
  });

  const firstHash = () => (JSON.parse(lines()[0] ?? "") as EndsPlace).hash;

  test("one that was removed while the server runs is noticed, and another one begins", async () => {
    const old = (await place()).log;
    rmSync(path);
    await revokeOne();
    expect(losses).toEqual([expect.stringMatching(/Records are missing.*back up now/)]);
    expect((await place()).log).not.toBe(old);
    expect(lines()).toHaveLength(2);
  });

  test("one that was removed while the server was stopped is noticed at the start", async () => {
    await hub.server.close();
    rmSync(path);
    hub.server.close = () => Promise.resolve();
    await hub.restart();
    expect(losses).toHaveLength(1);
    expect(lines()).toHaveLength(1);
  });

  test("goes on over a restart, and over a line that a kill tore", async () => {
    await revokeOne();
    const { log, n } = await place();
    appendFileSync(path, '{"log":"torn');
    await hub.restart();
    await revokeOne();
    expect(losses).toEqual([]);
    expect(await place()).toMatchObject({ log, n: n + 1 });
    expect((await readEndsLog([path], { log, n: 0, hash: firstHash() })).records).toBe(n + 1);
  });

  test("a change without the log leaves a hole that the next start notices", async () => {
    await revokeOne();
    const before = await place();
    logged = false;
    await hub.restart();
    await revokeOne();
    logged = true;
    await hub.restart();
    await revokeOne();
    await expect(readEndsLog([path], before)).rejects.toThrow(/has a hole/);
  });

  describe("with a change of many credentials", () => {
    const COUNT = 450;
    const disable = async () => {
      const { store, clock } = hub.server.context;
      await addManyCredentials(store, await hub.hub.accounts.get("ada"), COUNT, clock);
      const before = await place();
      await hub.hub.accounts.update("ada", { disabled: true }, NOBODY);
      return before;
    };
    const ended = async (from: EndsPlace) =>
      (await readEndsLog([path], from)).images.filter(({ table }) => table === "credentials").length;

    // One line of a hundred thousand credentials would be put together in one turn of the loop.
    test("is written in parts, of which each is small, and read as one", async () => {
      const before = await disable();

      const parts = lines().slice(before.n + 1);
      expect(parts.length).toBeGreaterThan(2);
      expect(Math.max(...parts.map((line) => JSON.parse(line).images.length))).toBeLessThanOrEqual(200);
      expect((await readEndsLog([path], before)).records).toBe(1);
      expect(await ended(before)).toBe(COUNT);
    });

    // The change is committed after its last part; without it nobody was told of any of it.
    test("does not count if its last part is missing, and the log goes on behind the rest", async () => {
      const before = await disable();
      await hub.server.close();
      hub.server.close = () => Promise.resolve();
      const whole = lines();
      writeFileSync(path, `${whole.slice(0, -1).join("\n")}\n`);
      expect(await ended(before)).toBe(0);
      const native = openNative(join(hub.directory, "mintmark.sqlite"));
      native.prepare("update settings set value = ? where name = 'ends-log'").run(JSON.stringify(before));
      native.prepare("update accounts set disabled = 0").run();
      native.close();

      await hub.restart();
      await hub.hub.accounts.update("ada", { disabled: true }, NOBODY);

      expect(losses).toEqual([]);
      expect(await place()).toMatchObject({ log: before.log, n: before.n + 1 });
      expect((await readEndsLog([path], before)).records).toBe(1);
      expect(await ended(before)).toBe(0);
    });

    test("is missed if one of its parts is missing", async () => {
      const before = await disable();
      await hub.hub.accounts.update("ada", { disabled: false }, NOBODY);
      writeFileSync(
        path,
        `${lines()
          .toSpliced(before.n + 2, 1)
          .join("\n")}\n`,
      );

      await expect(readEndsLog([path], before)).rejects.toThrow(/begins after this backup/);
    });
  });

  test("a full file goes on as another, and both are read", async () => {
    const first = await place();
    rotateBytes = 2_000;
    await hub.restart();
    for (let count = 0; count < 5; count += 1) {
      await revokeOne();
    }
    await hub.restart();
    await revokeOne();
    expect(losses).toEqual([]);
    expect(readdirSync(folder).length).toBeGreaterThan(2);
    expect((await readEndsLog([path], first)).records).toBe((await place()).n - first.n);
  });
});
