import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { anonymousCaller } from "../core/caller.ts";
import { createHarness, type Harness, MASTER_KEY, PASSWORD } from "../testing/harness.ts";
import { runInProcess } from "../testing/run-command.ts";
import { COMMANDS } from "./commands.ts";

describe("the command line", () => {
  test("starts a server if no word comes first", async () => {
    expect((await runInProcess([])).code).toBeNull();
    expect((await runInProcess(["--port", "1"])).code).toBeNull();
  });

  test("names the commands and the one that was probably meant", async () => {
    const { code, notes } = await runInProcess(["check-confg"]);
    expect(code).toBe(64);
    expect(notes).toContain("Did you mean check-config?");
  });

  test.each(COMMANDS.map(({ name }) => name))("%s explains itself", async (name) => {
    const { code, out } = await runInProcess([...name.split(" "), "--help"]);
    expect(code).toBe(0);
    expect(out).toContain(`Usage: mintmark-server ${name}`);
    expect(out).toContain("--json");
  });

  test("mistakes in the options end every command with 78", async () => {
    const { code, notes } = await runInProcess(["check-config", "--port", "70000"]);
    expect(code).toBe(78);
    expect(notes).toContain("MINTMARK_PORT");
  });

  test("a word too many ends with 64 and is not repeated, since it may be part of a password", async () => {
    const { code, notes } = await runInProcess(["check-config", "hunter2"]);
    expect(code).toBe(64);
    expect(notes).not.toContain("hunter2");
  });
});

describe("check-config", () => {
  let folder: string;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "mintmark-check-config-"));
  });

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test("prints each option, where it came from, and no secret", async () => {
    const key = Buffer.alloc(32, 9).toString("base64");
    const keyFile = join(folder, "key");
    writeFileSync(keyFile, key);
    const yaml = join(folder, "hub.yaml");
    writeFileSync(yaml, "realm: from-yaml\n");
    const env = {
      MINTMARK_MASTER_KEY_FILE: keyFile,
      MINTMARK_ADMIN_PASSWORD: "twelve letters",
      MINTMARK_CONFIG: yaml,
    };

    const text = await runInProcess(["check-config", "--port", "81"], env);
    const json = await runInProcess(["check-config", "--json", "--port=81"], env);

    expect([text.code, json.code]).toEqual([0, 0]);
    expect(text.out).toContain("MINTMARK_PORT = 81  (flag --port)\n");
    expect(text.out).toContain(`MINTMARK_REALM = from-yaml  (yaml ${yaml})\n`);
    expect(text.out).toContain(`MINTMARK_MASTER_KEY = [secret]  (file ${keyFile})\n`);
    expect(text.out).toContain("MINTMARK_ADMIN_PASSWORD = [secret]  (environment)\n");
    expect(text.out).toContain("MINTMARK_HOST = 127.0.0.1  (default)\n");
    const { options } = JSON.parse(json.out) as { options: { option: string }[] };
    expect(options).toContainEqual({ option: "MINTMARK_PORT", value: "81", from: "flag --port" });
    expect(options).toContainEqual({ option: "MINTMARK_DATABASE_URL", value: null, from: "default" });
    for (const secret of [key, "twelve letters"]) {
      expect(text.out + json.out).not.toContain(secret);
    }
  });
});

describe("admin reset-password", () => {
  let hub: Harness;

  beforeAll(async () => {
    hub = await createHarness();
    await hub.addUser("ada", { role: "admin" });
  });

  afterAll(() => hub.close());

  const reset = (...argv: readonly string[]) =>
    runInProcess(["admin", "reset-password", ...argv], {
      MINTMARK_DATA_DIR: hub.directory,
      MINTMARK_MASTER_KEY: MASTER_KEY.toString("base64"),
    });
  const logIn = (username: string, password: string) =>
    hub.call({ method: "POST", url: "/api/mintmark/v1/session", json: { username, password } });

  test("works next to a running server: the old password and sessions end, credentials stay", async () => {
    const bearer = await hub.logIn("ada");
    const { secret } = await hub.issue("ada", "personal_token");
    expect((await hub.call({ url: "/api/mintmark/v1/session", bearer })).statusCode).toBe(200);

    const { code, out } = await reset("ada", "--json");

    expect(code).toBe(0);
    const { password } = JSON.parse(out) as { password: string };
    await expect
      .poll(async () => (await logIn("ada", password)).statusCode, { timeout: 3_000 })
      .toBeLessThan(300);
    expect((await logIn("ada", PASSWORD)).statusCode).toBe(401);
    expect((await hub.call({ url: "/api/mintmark/v1/session", bearer })).statusCode).toBe(401);
    expect((await hub.call({ url: "/api/mintmark/v1/session", bearer: secret })).statusCode).toBe(200);
  });

  // What a command writes must not look like a forgery to the check of the audit log.
  test("leaves the audit log whole, and changes nothing without the master key", async () => {
    expect((await reset("ada", "--json")).code).toBe(0);
    expect(await hub.hub.audit.check({ after: 0, limit: 1_000 })).toMatchObject({ intact: true });
    const { seq } = await hub.context.store.read.audit.head();

    const without = await runInProcess(["admin", "reset-password", "ada"], {
      MINTMARK_DATA_DIR: hub.directory,
    });
    expect(without.code).toBe(78);
    expect(without.notes).toContain("MINTMARK_MASTER_KEY");
    expect((await hub.context.store.read.audit.head()).seq).toBe(seq);
  });

  // A person who is locked out by somebody else's guessing must not wait after the reset.
  test("takes the brake off the account", async () => {
    for (let count = 0; count < 11; count += 1) {
      await logIn("ada", "wrong");
    }
    expect((await logIn("ada", "wrong")).statusCode).toBe(429);

    const { out } = await reset("ada", "--json");

    const { password } = JSON.parse(out) as { password: string };
    expect((await logIn("ada", password)).statusCode).toBeLessThan(300);
  });

  test("an unknown name ends with 67", async () => {
    expect((await reset("nobody")).code).toBe(67);
  });

  test("an account without a password is refused with 77", async () => {
    await hub.hub.accounts.create(
      { username: "robot", role: "member" },
      anonymousCaller({ address: null, agent: null }),
    );
    expect((await reset("robot")).code).toBe(77);
  });

  test("a directory without a database ends with 66 and stays as it was", async () => {
    const empty = mkdtempSync(join(tmpdir(), "mintmark-no-database-"));
    const { code } = await runInProcess(["admin", "reset-password"], { MINTMARK_DATA_DIR: empty });
    expect(code).toBe(66);
    rmSync(empty, { recursive: true });
  });
});
