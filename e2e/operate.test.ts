import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ADMIN_PASSWORD, api, logIn, type RunningServer, startServer } from "./server.ts";

const run = promisify(execFile);
const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const PAGE = readFileSync(join(ROOT, "docs/guide/operate.md"), "utf8");
const BLOCKS = [...PAGE.matchAll(/```sh\n([\s\S]*?)```/g)].map(([, text = ""]) => text);

interface Made {
  readonly secret: string;
  readonly credential: { readonly id: string };
}

/**
 * The operator's story, with the commands of the page: install from a package, back up under load, lose
 * the machine, restore, rotate the master key, upgrade, get in again. `operate-postgres.test.ts` tells the
 * part of PostgreSQL.
 */
describe("the guide for operators, word for word", () => {
  let folder: string;
  let server: RunningServer;
  let kept: Made;
  let revoked: Made;
  const at = (path: string) => join(folder, path);
  const keyFile = () => at("master.key");
  const endsLog = () => at("other-disk/mintmark-ends.log");
  const environment = () => ({
    MINTMARK_MASTER_KEY_FILE: keyFile(),
    MINTMARK_ENDS_LOG: endsLog(),
  });

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "mintmark-operate-"));
    for (const name of ["app", "bin", "backups", "other-disk", "data"]) {
      mkdirSync(at(name), { mode: 0o700 });
    }
    await install();
    writeFileSync(at("bin/mintmark-server"), `#!/bin/sh\nexec '${process.execPath}' '${main()}' "$@"\n`, {
      mode: 0o755,
    });
    writeFileSync(keyFile(), `${Buffer.alloc(32, 7).toString("base64")}\n`, { mode: 0o600 });
    server = await start("data");
  });

  afterAll(async () => {
    await server?.stop("SIGKILL");
    rmSync(folder ?? "", { recursive: true, force: true });
  });

  const main = () => at("app/node_modules/@mintmark/server/dist/main.js");
  const start = (directory: string) =>
    startServer({ dataDir: at(directory), env: environment(), main: main() });

  /** The page's command, with the package that is made from this checkout. */
  async function install(): Promise<void> {
    const packages = join(ROOT, "packages/server");
    const { stdout } = await run("npm", ["pack", "--silent", "--pack-destination", at("app")], {
      cwd: packages,
    });
    const [, command = ""] = /`(npm install [^`]*mintmark-server-<version>\.tgz)`/.exec(PAGE) ?? [];
    const tarball = stdout.trim().split("\n").at(-1) ?? "";
    await run("sh", ["-euc", command.replace("mintmark-server-<version>.tgz", `./${tarball}`)], {
      cwd: at("app"),
    });
  }

  /** The block of the page that holds this text, with its folders put below the test's own. */
  function block(text: string): string {
    const found = BLOCKS.find((each) => each.includes(text) && !each.includes("pg_"));
    expect(found, text).toBeDefined();
    return (found ?? "")
      .replaceAll("/var/backups", at("backups"))
      .replaceAll("/var/lib/mintmark", at("restored"))
      .replaceAll("/mnt/other-disk", at("other-disk"));
  }

  async function shell(text: string, env: Readonly<Record<string, string>> = {}): Promise<string> {
    const { stdout } = await run("sh", ["-euc", text], {
      env: {
        PATH: [at("bin"), process.env.PATH ?? ""].join(delimiter),
        MINTMARK_DATA_DIR: server.dataDir,
        ...environment(),
        ...env,
      },
    });
    return stdout;
  }

  const mint = (bearer: string, title: string) =>
    api<Made>(server, "POST", "/credentials", {
      bearer,
      body: { kind: "personal_token", title, scopes: ["*:*:*"] },
    });
  const statusOf = async (secret: string): Promise<number> => {
    const headers = { authorization: `Bearer ${secret}` };
    return (await fetch(`${server.url}/api/mintmark/v1/session`, { headers })).status;
  };

  test("shows the options in force", async () => {
    const shown = await shell(block("check-config"));
    expect(shown).toContain(`MINTMARK_DATA_DIR = ${server.dataDir}  (environment)`);
    expect(shown).toContain("MINTMARK_MASTER_KEY = [secret]");
  });

  test("backs up while others write, and the backup is whole", async () => {
    const bearer = await logIn(server);
    kept = await mint(bearer, "kept");
    revoked = await mint(bearer, "revoked");
    let isOver = false;
    const load = Array.from({ length: 4 }, async (_, lane) => {
      for (let count = 0; !isOver; count += 1) {
        await api(server, "PATCH", "/users/admin", { bearer, body: { displayName: `${lane} ${count}` } });
      }
    });
    const told = await shell(block("backup --to"));
    isOver = true;
    await Promise.all(load);
    expect(told).toContain("whole: backup of");
  });

  test("restores with the ends log on another disk: what was revoked since is dead", async () => {
    const bearer = await logIn(server);
    await api(server, "DELETE", `/credentials/${revoked.credential.id}`, { bearer });
    await server.stop("SIGKILL");
    server.remove();
    expect(await shell(block("--ends"))).toContain("nothing that was ended lives again");
    server = await start("restored");
    expect(await statusOf(kept.secret)).toBe(200);
    expect(await statusOf(revoked.secret)).toBe(401);
  });

  test("rotates the master key while it serves", async () => {
    const [rotate = "", status = "", retire = ""] = block("key rotate").split("\n");
    expect(await shell(rotate)).toContain("v2 is the current version");
    expect(await statusOf(kept.secret)).toBe(200);
    await expect
      .poll(() => shell(status), { timeout: 20_000 })
      .toMatch(/v1: 0 active credentials, 0 clients, 0 sealed/);
    expect(await shell(retire)).toContain("v1 is retired");
    expect(await statusOf(kept.secret)).toBe(200);
    expect(await statusOf(revoked.secret)).toBe(401);
  });

  // To the same version, since there is only one: the steps are the page's, and everything is found again.
  test("upgrades: back up, stop, install, start", async () => {
    const backups = block("backup --to").replaceAll("mintmark.tar", "before-upgrade.tar");
    expect(await shell(backups)).toContain("whole: backup of");
    await server.stop();
    await install();
    server = await start("restored");
    expect([await statusOf(kept.secret), await statusOf(revoked.secret)]).toEqual([200, 401]);
  });

  test("without the log it waits for an administrator, who freezes what was before", async () => {
    await server.stop();
    rmSync(at("restored"), { recursive: true });
    writeFileSync(keyFile(), `${Buffer.alloc(32, 7).toString("base64")}\n`, { mode: 0o600 });
    const restore = block("--ends").replace(/ --ends \S+/, "");
    expect(await shell(restore)).toContain("until an administrator");
    server = await start("restored");
    expect(await statusOf(kept.secret)).toBe(503);
    expect(await (await fetch(`${server.url}/readyz`)).text()).toContain("restored: decide");
    await shell(block("/restored"), { HUB: server.url, SESSION: await logIn(server) });
    expect(await statusOf(kept.secret)).toBe(401);
    expect(await (await fetch(`${server.url}/readyz`)).text()).not.toContain("decide");
  });

  test("lets a locked-out administrator in again", async () => {
    const told = await shell(block("reset-password"));
    const password = /password\s+(\S+)/.exec(told)?.[1] ?? "";
    await expect(logIn(server, "admin", ADMIN_PASSWORD)).rejects.toThrow("401");
    expect(await logIn(server, "admin", password)).toMatch(/^mms_/);
  });
});
