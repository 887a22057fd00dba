import { execFile, spawn } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { requireProgram } from "./programs.ts";

const run = promisify(execFile);
const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const TIMEOUT_MS = 400_000;
const UID = "10001:10001";
/** Of the account that the build runs as, in the image. */
const ROOTS_HOME = "/root";
/** What the steps of the Containerfile call, as far as the shell does not have it built in. */
const TOOLS = ["sh", "env", "mkdir", "chown", "chmod"];
/** The libraries that modules in machine code link to; the base image of the Containerfile has them. */
const LIBRARIES = [
  "librt.so.1",
  "libgcc_s.so.1",
  "libstdc++.so.6",
  "libpthread.so.0",
  "libdl.so.2",
  "libm.so.6",
];

/**
 * No registry of images is asked: the base is made of this machine's own Node and shell. Packages come from
 * npm's cache, which the first install fills.
 */
describe("the image of the Containerfile", () => {
  const podman = requireProgram("podman");
  const unshare = requireProgram("unshare");
  let folder: string;
  let tree: string;
  const at = (path: string) => join(folder, path);
  const inPodman = (...args: readonly string[]) =>
    run(
      podman ?? "",
      ["--storage-driver", "vfs", "--root", at("podman"), "--runroot", at("podman-run"), ...args],
      { maxBuffer: 1 << 26 },
    );

  beforeAll(async () => {
    if (podman === undefined || unshare === undefined) return;
    folder = mkdtempSync(join(tmpdir(), "mintmark-container-"));
    mkdirSync(at("context/release"), { recursive: true });
    mkdirSync(at("warm"));
    await run("npm", ["pack", "--silent", "--pack-destination", at("context/release")], {
      cwd: join(ROOT, "packages/server"),
    });
    const install = ["install", "--omit=dev", "--ignore-scripts", "--no-audit", "--no-fund"];
    await run("sh", ["-euc", `npm ${install.join(" ")} ../context/release/*.tgz`], { cwd: at("warm") });
    await makeBase(at("base"));
    await run("tar", ["--create", "--file", at("base.tar"), "--directory", at("base"), "."]);
    await inPodman("import", at("base.tar"), "localhost/mintmark-base");
    const setting = async (name: string) => (await run("npm", ["config", "get", name])).stdout.trim();
    writeFileSync(
      at("npmrc"),
      `registry=${await setting("registry")}\ncache=/cache\noffline=true\nupdate-notifier=false\n`,
    );
    const volumes = [
      "-v",
      `${at("npmrc")}:${ROOTS_HOME}/.npmrc:ro`,
      "-v",
      `${await setting("cache")}:/cache:O`,
    ];
    const options = ["--isolation", "chroot", "--network", "host", "--layers=false", "--format", "docker"];
    const base = ["--build-arg", "BASE=localhost/mintmark-base"];
    const file = ["-f", join(ROOT, "packaging/Containerfile"), "-t", "mintmark", at("context")];
    await inPodman("build", ...options, ...base, ...volumes, ...file);
    tree = (await inPodman("image", "mount", "localhost/mintmark")).stdout.trim();
  }, TIMEOUT_MS);

  afterAll(async () => {
    if (folder === undefined) return;
    await inPodman("image", "unmount", "--all").catch(() => undefined);
    rmSync(folder, { recursive: true, force: true });
  });

  test("runs as an account of its own, with a health check and a place for data", async () => {
    const { stdout } = await inPodman("inspect", "localhost/mintmark");
    const [{ Config, HealthCheck, Healthcheck = HealthCheck }] = JSON.parse(stdout);
    expect(Config).toMatchObject({ User: UID, Volumes: { "/data": {} }, StopSignal: "SIGTERM" });
    expect(JSON.stringify(Healthcheck ?? Config.Healthcheck)).toContain("/readyz");
    expect(Config.Entrypoint).toEqual(["node", "/app/node_modules/@mintmark/server/dist/main.js"]);
  });

  test("serves on a root that nobody can write to, is healthy, and stops in good order", async () => {
    const inTree = `chroot --userspec=${UID} ${tree} /usr/bin/env -i PATH=/usr/bin:/bin`;
    const options = "NODE_ENV=production MINTMARK_DATA_DIR=/data";
    const health = `fetch('http://127.0.0.1:'+process.env.MINTMARK_PORT+'/readyz').then((r)=>process.exit(r.ok?0:1))`;
    const script = `
      mount --bind ${tree} ${tree}
      mount -o remount,ro,bind ${tree}
      mount -t tmpfs -o uid=10001,gid=10001,mode=700 none ${tree}/data
      ${inTree} ${options} MINTMARK_PORT=0 node /app/node_modules/@mintmark/server/dist/main.js >${at("log")} 2>&1 &
      server=$!
      for _ in $(seq 1 300); do grep -q "mintmark ready" ${at("log")} && break; sleep 0.1; done
      port=$(sed -n 's/^mintmark ready at .*:\\([0-9]*\\)$/\\1/p' ${at("log")})
      ${inTree} MINTMARK_PORT=$port node -e "${health}" && echo healthy
      ${inTree} mkdir /app/written 2>&1 | grep -o "Read-only file system"
      kill -TERM $server
      wait $server && echo stopped`;
    const shell = spawn(unshare ?? "", ["--mount", "sh", "-c", script]);
    let out = "";
    shell.stdout.on("data", (chunk: Buffer) => {
      out += chunk.toString();
    });
    await new Promise((resolve) => shell.once("close", resolve));
    const log = readFileSync(at("log"), "utf8");
    expect(out.split("\n"), log).toEqual(["healthy", "Read-only file system", "stopped", ""]);
  });
});

/** A tree with Node, npm and a shell, and what they link to. */
async function makeBase(base: string): Promise<void> {
  for (const path of ["bin", "etc", "root", "tmp", "usr/lib/node_modules"]) {
    mkdirSync(join(base, path), { recursive: true });
  }
  writeFileSync(join(base, "etc/passwd"), "root:x:0:0:root:/root:/bin/sh\n");
  const { stdout: npmFolder } = await run("npm", ["root", "--global"]);
  cpSync(join(npmFolder.trim(), "npm"), join(base, "usr/lib/node_modules/npm"), { recursive: true });
  const npm = `#!/bin/sh\nexec node /usr/lib/node_modules/npm/bin/npm-cli.js "$@"\n`;
  writeFileSync(join(base, "bin/npm"), npm, { mode: 0o755 });
  const paths = new Set<string>();
  const programs = [
    { from: process.execPath, to: "/usr/bin/node" },
    ...TOOLS.map((name) => ({ from: realpathSync(join("/bin", name)), to: join("/bin", name) })),
    { from: realpathSync("/usr/bin/env"), to: "/usr/bin/env" },
  ];
  for (const { from, to } of programs) {
    const { stdout } = await run("ldd", [from]);
    for (const [, path = ""] of stdout.matchAll(/(\/\S+) \(0x/g)) {
      paths.add(path);
    }
    mkdirSync(dirname(join(base, to)), { recursive: true });
    cpSync(from, join(base, to), { dereference: true });
  }
  const folders = [...new Set([...paths].map((path) => dirname(path)))];
  for (const path of folders.flatMap((each) => LIBRARIES.map((name) => join(each, name)))) {
    if (existsSync(path)) paths.add(path);
  }
  for (const path of paths) {
    mkdirSync(dirname(join(base, path)), { recursive: true });
    cpSync(path, join(base, path), { dereference: true });
  }
}
