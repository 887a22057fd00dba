import { type ChildProcess, execFile, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { requireProgram } from "./programs.ts";
import { ADMIN_PASSWORD, api, logIn } from "./server.ts";

const run = promisify(execFile);
const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const PACKAGING = join(ROOT, "packaging");
const RELEASE_TIMEOUT_MS = 600_000;
/** What the files of an install hold. 29 MB of it are SQLite, for six platforms. */
const INSTALLED_BYTES_MAX = 60_000_000;
/** `systemd-analyze security`: lower is safer. */
const EXPOSURE_MAX = 1.5;
/** An account that owns nothing of the tree. */
const UID = 10_001;

describe("what npm run release makes", () => {
  const dpkg = requireProgram("dpkg-deb");
  const chroot = requireProgram("chroot");
  const lintian = requireProgram("lintian");
  let release: string;
  /** What the release said while it was made. */
  let log: string;
  let root: string;
  let server: { readonly url: string; readonly process: ChildProcess };

  beforeAll(async () => {
    if (dpkg === undefined || chroot === undefined) return;
    release = mkdtempSync(join(tmpdir(), "mintmark-release-test-"));
    const made = await run(process.execPath, ["scripts/release.mjs", release], {
      cwd: ROOT,
      maxBuffer: 1 << 26,
    });
    log = made.stderr;
    root = mkdtempSync(join(tmpdir(), "mintmark-root-"));
    await run(dpkg, ["--extract", named(".deb"), root]);
    await addNode(root);
    server = await startIn(root, chroot);
  }, RELEASE_TIMEOUT_MS);

  afterAll(() => {
    server?.process.kill("SIGKILL");
    for (const folder of [release, root]) {
      rmSync(folder ?? "", { recursive: true, force: true });
    }
  });

  const named = (end: string): string => {
    const name = readdirSync(release).find((each) => each.endsWith(end));
    expect(name, end).toBeDefined();
    return join(release, name ?? "");
  };

  test("has checksums that fit, and a bill of materials without test tools", () => {
    const sums = readFileSync(join(release, "SHA256SUMS"), "utf8").trim().split("\n");
    expect(sums.length).toBeGreaterThanOrEqual(4);
    for (const line of sums) {
      const [sum, name = ""] = line.split("  ");
      expect(
        createHash("sha256")
          .update(readFileSync(join(release, name)))
          .digest("hex"),
        name,
      ).toBe(sum);
    }
    const { components } = JSON.parse(readFileSync(named(".cdx.json"), "utf8")) as {
      components: { name: string }[];
    };
    const names = components.map(({ name }) => name);
    expect(names).toContain("fastify");
    expect(names).not.toContain("vitest");
  });

  test("installs in little room, and says how little", async () => {
    const { stdout } = await run("dpkg-deb", ["--field", named(".deb"), "Installed-Size", "Depends"]);
    expect(stdout).toContain("nodejs (>= 20.19)");
    expect(Number(/Installed-Size: (\d+)/.exec(stdout)?.[1]) * 1024).toBeLessThan(INSTALLED_BYTES_MAX);
    const said = Number(/installs in (\S+) MB/.exec(log)?.[1]) * 1e6;
    expect(said).toBeGreaterThan(1e6);
    expect(said).toBeLessThan(INSTALLED_BYTES_MAX);
  });

  test("has a Debian package without errors", async () => {
    if (lintian === undefined) return;
    const { stdout } = await run(lintian, ["--fail-on", "error", "--allow-root", named(".deb")]);
    expect(stdout).not.toMatch(/^E: /m);
  });

  // As an operator without a checkout does: from the tarballs, into an empty folder.
  test("has npm packages that install together and run", async () => {
    const folder = mkdtempSync(join(tmpdir(), "mintmark-npx-"));
    const tarballs = readdirSync(release).filter((name) => name.endsWith(".tgz"));
    await run(
      "npm",
      ["install", "--omit=dev", "--ignore-scripts", "--no-audit", "--no-fund"].concat(
        tarballs.map((name) => join(release, name)),
      ),
      { cwd: folder },
    );
    const program = spawn("npx", ["--no-install", "mintmark-server"], {
      cwd: folder,
      detached: true,
      env: { ...process.env, MINTMARK_PORT: "0", MINTMARK_ADMIN_PASSWORD: ADMIN_PASSWORD },
      stdio: ["ignore", "pipe", "pipe"],
    });
    try {
      const url = await readyUrl(program);
      const source = `import { MintmarkClient } from "@mintmark/sdk";
        const hub = new MintmarkClient({ baseUrl: ${JSON.stringify(url)} });
        console.log(typeof hub.listCredentials);`;
      const told = await run(process.execPath, ["--input-type=module", "--eval", source], { cwd: folder });
      expect(told.stdout).toBe("function\n");
      const version = await run("npx", ["--no-install", "mintmark-server", "--version"], { cwd: folder });
      expect(version.stdout).toMatch(/^mintmark \d+\.\d+\.\d+\n$/);
      if (tarballs.some((name) => name.startsWith("mintmark-cli-"))) {
        expect((await run("npx", ["--no-install", "mintmark", "--help"], { cwd: folder })).stdout).toContain(
          "mintmark",
        );
      }
    } finally {
      process.kill(-(program.pid ?? 0), "SIGKILL");
      rmSync(folder, { recursive: true, force: true });
    }
  });

  test("starts as an account that owns nothing of it, with its console, mints and verifies", async () => {
    expect((await (await fetch(`${server.url}/`)).text()).toLowerCase()).toContain("<script");
    const bearer = await logIn(server, "admin", ADMIN_PASSWORD);
    const { secret } = await api<{ secret: string }>(server, "POST", "/credentials", {
      bearer,
      body: { kind: "personal_token", title: "packaged", scopes: ["*:*:*"] },
    });
    expect(await api(server, "GET", "/session", { bearer: secret })).toMatchObject({
      user: { username: "admin" },
    });
  });

  test("alerts and dashboard ask for metrics that exist", async () => {
    const exposed = await (await fetch(`${server.url}/metrics`)).text();
    const known = new Set([...exposed.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name));
    for (const file of ["prometheus/alerts.yaml", "grafana/dashboard.json"]) {
      const text = readFileSync(join(PACKAGING, file), "utf8");
      const asked = [...text.matchAll(/\b((?:mintmark|nodejs)_[a-z0-9_]+)\b/g)].map(([name]) => name);
      expect(asked.length).toBeGreaterThan(5);
      const missing = asked.filter(
        (name) => !known.has(name) && !known.has(name.replace(/_(?:bucket|count|sum)$/, "")),
      );
      expect(missing, file).toEqual([]);
    }
  });

  test("stops in good order", async () => {
    const ended = new Promise((resolve) =>
      server.process.once("exit", (code, signal) => resolve(code ?? signal)),
    );
    server.process.kill("SIGTERM");
    expect(await ended).toBe(0);
  });
});

describe("the systemd units", () => {
  requireProgram("systemd-analyze");

  test("are sound, and the server's exposes little", async () => {
    const folder = mkdtempSync(join(tmpdir(), "mintmark-units-"));
    for (const name of readdirSync(join(PACKAGING, "systemd"))) {
      const text = readFileSync(join(PACKAGING, "systemd", name), "utf8");
      writeFileSync(join(folder, name), text.replaceAll("/usr/bin/mintmark-server", "/bin/true"));
    }
    const units = readdirSync(folder).map((name) => join(folder, name));
    const { stderr } = await run("systemd-analyze", ["--no-pager", "verify", "--man=no", ...units]);
    expect(stderr).toBe("");
    const unit = join(folder, "mintmark.service");
    const { stdout } = await run("systemd-analyze", ["--no-pager", "security", "--offline=yes", unit]);
    expect(Number(/exposure level for mintmark.service: (\S+)/.exec(stdout)?.[1])).toBeLessThanOrEqual(
      EXPOSURE_MAX,
    );
    rmSync(folder, { recursive: true, force: true });
  });
});

/** Copies Node and the libraries it is linked to into the tree. */
async function addNode(root: string): Promise<void> {
  const paths = new Set([process.execPath]);
  for (const program of [process.execPath, ...(await nativeModules(root))]) {
    const { stdout } = await run("ldd", [program]);
    for (const [, path = ""] of stdout.matchAll(/(\/\S+) \(0x/g)) {
      paths.add(path);
    }
  }
  for (const path of paths) {
    cpSync(path, join(root, path), { recursive: true, dereference: true });
  }
  mkdirSync(join(root, "data"), { mode: 0o700 });
  mkdirSync(join(root, "tmp"), { mode: 0o1777 });
  await run("chown", [`${UID}:${UID}`, join(root, "data")]);
}

/** The modules in machine code for this platform. */
async function nativeModules(root: string): Promise<readonly string[]> {
  const { stdout } = await run("find", [root, "-path", `*linux-${process.arch}*`, "-name", "*.node"]);
  return stdout.split("\n").filter((path) => path !== "" && !path.includes("musl"));
}

/**
 * The tree belongs to root and nobody else may write to it, so for this account it is read-only but for its
 * data.
 */
async function startIn(
  root: string,
  chroot: string,
): Promise<{ readonly url: string; readonly process: ChildProcess }> {
  const main = "/usr/lib/mintmark/node_modules/@mintmark/server/dist/main.js";
  expect(existsSync(join(root, main))).toBe(true);
  const child = spawn(chroot, [`--userspec=${UID}:${UID}`, root, process.execPath, main], {
    env: {
      NODE_ENV: "production",
      MINTMARK_DATA_DIR: "/data",
      MINTMARK_PORT: "0",
      MINTMARK_ADMIN_PASSWORD: ADMIN_PASSWORD,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  return { url: await readyUrl(child), process: child };
}

/** The address in the ready line of a server that was started. */
async function readyUrl(child: ChildProcess): Promise<string> {
  let log = "";
  child.stderr?.on("data", (chunk: Buffer) => {
    log += chunk.toString();
  });
  return new Promise<string>((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`the packaged server ended with ${code}:\n${log}`)));
    child.stdout?.on("data", (chunk: Buffer) => {
      const ready = /ready at (\S+)/.exec(chunk.toString())?.[1];
      if (ready !== undefined) resolve(ready);
    });
  });
}
