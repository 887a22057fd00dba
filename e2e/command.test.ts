import { execFile, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildCollection } from "../packages/server/src/testing/collection-tarball.ts";
import { freePort, makeImage, startRegistry } from "./docker-registry.ts";
import { eventually } from "./eventually.ts";
import { guideBlocks } from "./guide-blocks.ts";
import { requireProgram } from "./programs.ts";
import { api, logIn, type RunningServer, startServer } from "./server.ts";

const execute = promisify(execFile);
const ROOT = fileURLToPath(new URL("..", import.meta.url));
const GUIDE = readFileSync(join(ROOT, "docs/guide/command.md"), "utf8");
const PASSWORD = "ada's long password";
const TODAY = () => new Date().toISOString().slice(0, 10);

const ansible = requireProgram("ansible-galaxy");
const registryProgram = requireProgram("docker-registry");
const podman = requireProgram("podman");
const skopeo = requireProgram("skopeo");
const git = requireProgram("git");
const script = requireProgram("script");
const ready = [ansible, registryProgram, podman, skopeo, git, script].every((path) => path !== undefined);

interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

let hub: RunningServer;
let root: string;
let folder: string;
let bin: string;
let host: string;
let registry: { kill(): void };

/** A machine of its own: no home, no settings, and the packed command on the path. */
function environment(home: string): NodeJS.ProcessEnv {
  const foreign = /^(ANSIBLE_|MINTMARK_|REGISTRY_|DOCKER_|XDG_|GIT_)/;
  const inherited = Object.entries(process.env).filter(([name]) => !foreign.test(name));
  return {
    ...Object.fromEntries(inherited),
    HOME: home,
    XDG_RUNTIME_DIR: join(home, "run"),
    XDG_CONFIG_HOME: join(home, ".config"),
    PATH: `${bin}:${process.env["PATH"]}`,
  };
}

function run(home: string, program: string, args: readonly string[], input = ""): Promise<Outcome> {
  return new Promise((resolve) => {
    const child = spawn(program, args, { cwd: home, env: environment(home), timeout: 60_000 });
    let stdout = "";
    let stderr = "";
    child.stdout.on("data", (chunk) => {
      stdout += chunk;
    });
    child.stderr.on("data", (chunk) => {
      stderr += chunk;
    });
    child.on("close", (code) => resolve({ code, stdout, stderr }));
    child.stdin.once("error", () => undefined);
    child.stdin.end(input);
  });
}

const mintmark = (home: string, args: readonly string[], input = "") => run(home, "mintmark", args, input);

/** A fresh home with a log-in of a fresh person. */
async function personAt(name: string): Promise<string> {
  const home = join(folder, name);
  mkdirSync(join(home, "run"), { recursive: true });
  const body = { username: name, password: PASSWORD, role: "member" };
  await api(hub, "POST", "/users", { bearer: root, body });
  const grants = ["collection:*:*", "repository:*:*"];
  await api(hub, "PUT", `/users/${name}/grants`, { bearer: root, body: { grants } });
  const login = ["login", "--hub", hub.url, "--username", name, "--password-stdin"];
  expect(await mintmark(home, login, PASSWORD)).toMatchObject({ code: 0 });
  return home;
}

const podmanIn = (home: string, ...args: readonly string[]) =>
  run(home, podman ?? "", [
    ...["--root", join(home, "podman"), "--runroot", join(home, "podman-run")],
    ...["--storage-driver", "vfs", ...args],
  ]);

beforeAll(async () => {
  if (!ready) return;
  folder = mkdtempSync(join(tmpdir(), "mintmark-command-"));
  await execute("npm", ["pack", "--pack-destination", folder], { cwd: join(ROOT, "packages/cli") });
  const tarball = readdirSync(folder).find((name) => name.endsWith(".tgz")) ?? "";
  const empty = join(folder, "installed");
  mkdirSync(empty);
  writeFileSync(join(empty, "package.json"), '{ "private": true }\n');
  await execute("npm", ["install", "--offline", "--no-audit", "--no-fund", join(folder, tarball)], {
    cwd: empty,
  });
  bin = join(empty, "node_modules/.bin");
  host = `127.0.0.1:${await freePort()}`;
  hub = await startServer({ env: { MINTMARK_REGISTRY_HOSTS: host } });
  root = await logIn(hub);
  await publish("acme.tools");
  registry = await startRegistry({ program: registryProgram ?? "", folder, host, hub });
}, 180_000);

afterAll(async () => {
  registry?.kill();
  await hub?.stop();
  hub?.remove();
  rmSync(folder ?? "", { recursive: true, force: true });
});

describe("a clean machine with the packed command", () => {
  test("goes from the log-in in a browser to an installed collection, and doctor tells its later end", async () => {
    const home = await personAt("mary");
    await mintmark(home, ["logout"]);
    await logInByBrowser(home, "mary");
    expect(statSync(join(home, ".config/mintmark/hosts.json")).mode & 0o777).toBe(0o600);

    expect(await mintmark(home, ["write", "ansible"])).toMatchObject({ code: 0 });
    const install = ["collection", "install", "acme.tools", "-p", join(home, "collections")];
    expect(await run(home, ansible ?? "", install)).toMatchObject({ code: 0 });
    expect(await mintmark(home, ["doctor"])).toMatchObject({ code: 0 });

    const [written] = await tokensOf(home, "offline_token", "ansible on");
    await mintmark(home, ["token", "revoke", written?.id ?? ""]);
    const after = await mintmark(home, ["doctor"]);
    expect(after.code).toBe(2);
    expect(after.stdout).toMatch(/\.ansible\.cfg:\d+ \(ansible, hub\)/);
    expect(after.stdout).toContain(`was revoked on ${TODAY()}`);
    expect(after.stdout).toContain("mintmark write ansible");
  });

  test("pulls with podman and skopeo, with no secret in a file of theirs, until the account is disabled", async () => {
    const home = await personAt("otto");
    const auth = join(home, ".config/containers/auth.json");
    mkdirSync(join(home, ".config/containers"), { recursive: true });
    writeFileSync(auth, JSON.stringify({ credHelpers: { [host]: "mintmark" } }));
    const source = `oci:${makeImage(join(home, "image"))}:1`;
    const target = `${host}/otto/app:1`;
    const push = ["copy", "--authfile", auth, "--dest-tls-verify=false", source, `docker://${target}`];
    expect(await run(home, skopeo ?? "", push)).toMatchObject({ code: 0 });
    const pull = ["pull", "--authfile", auth, "--tls-verify=false", target];
    expect(await podmanIn(home, ...pull)).toMatchObject({ code: 0 });
    expect(readFileSync(auth, "utf8")).not.toContain("mma_");

    await api(hub, "PATCH", "/users/otto", { bearer: root, body: { disabled: true } });
    const refused = await podmanIn(home, ...pull);
    expect(refused.code).not.toBe(0);
    expect(refused.stderr).toContain(`was revoked with its account on ${TODAY()}`);
    const status = await mintmark(home, ["status"]);
    expect(status).toMatchObject({ code: 2, stderr: expect.stringContaining("mintmark login") });
  });

  // A cache that is shared would give one person's token to the next who logs in on the machine.
  test("never hands the token of one person to another", async () => {
    const home = await personAt("ida");
    const get = async () => {
      const { stdout } = await run(home, "docker-credential-mintmark", ["get"], host);
      return (JSON.parse(stdout) as { Secret: string }).Secret;
    };
    const first = await get();
    expect(await get()).toBe(first);
    await personAt("jan");
    const login = ["login", "--hub", hub.url, "--username", "jan", "--password-stdin"];
    expect(await mintmark(home, login, PASSWORD)).toMatchObject({ code: 0 });
    expect(await get()).not.toBe(first);
  });

  test("says not found for a registry of others, and nothing about it to the hub", async () => {
    const home = await personAt("lea");
    const asked = await run(home, "docker-credential-mintmark", ["get"], "registry.elsewhere.test");
    expect(asked).toMatchObject({ code: 1, stdout: "credentials not found in native keychain\n" });
  });

  test("lists the registries that the helper answers for", async () => {
    const home = await personAt("lotte");
    const listed = await run(home, "docker-credential-mintmark", ["list"]);
    expect(JSON.parse(listed.stdout)).toEqual({ [host]: "$app" });
  });

  test("gives git a password for the hub's own host, and makes it quit when the log-in has ended", async () => {
    const home = await personAt("greta");
    const fill = async () => {
      const { protocol, host: hubHost } = new URL(hub.url);
      const question = `protocol=${protocol.slice(0, -1)}\nhost=${hubHost}\n\n`;
      const helper = ["-c", "credential.helper=", "-c", "credential.helper=!mintmark credential git"];
      return run(home, git ?? "", [...helper, "credential", "fill"], question);
    };
    const first = await fill();
    expect(first.stdout).toMatch(/username=greta\npassword=mmt_/);
    // git asks at every step; one token serves them all.
    expect((await fill()).stdout).toBe(first.stdout);
    await api(hub, "PATCH", "/users/greta", { bearer: root, body: { disabled: true } });
    const refused = await fill();
    expect(refused.code).toBe(128);
    expect(refused.stderr).toContain(TODAY());
  });
});

describe("a secret", () => {
  test("never stands in the arguments of a process", async () => {
    const home = await personAt("nora");
    const seen =
      "for f in /proc/[0-9]*/cmdline; do tr '\\0' ' ' < $f; echo; done 2>/dev/null | grep -c -F \"$MINTMARK_TOKEN\"";
    const outcome = await mintmark(home, ["run", "--", "sh", "-c", `${seen}; true`]);
    // grep itself is the one process that has it there: the shell put it into its arguments.
    expect(Number(outcome.stdout.trim())).toBeLessThanOrEqual(1);
  });

  test("is not shown while it is typed", async () => {
    const home = await personAt("tina");
    const secret = (await mintmark(home, ["token", "create", "--kind", "app_token"])).stdout.trim();
    const typed = await run(home, script ?? "", ["-qec", "mintmark check", "/dev/null"], `${secret}\n`);
    expect(typed.stdout).toContain("is active");
    expect(typed.code).toBe(0);
  });

  test("is not told by a helper that cannot read its input, and is not taken as an argument", async () => {
    const home = await personAt("hugo");
    const stored = await run(home, "docker-credential-mintmark", ["store"], "s3cr3t");
    expect(stored).toMatchObject({ code: 1, stdout: expect.not.stringContaining("s3cr3t") });
    const { stdout } = await mintmark(home, ["token", "create", "--kind", "app_token"]);
    const shown = await mintmark(home, ["token", "show", stdout.trim(), "--verbose"]);
    expect(shown).toMatchObject({ code: 1, stderr: expect.not.stringContaining(stdout.trim()) });
  });

  test("is written for no registry that the hub does not sign for, and ends no other's in the file", async () => {
    const home = await personAt("olga");
    const path = join(home, "auth.json");
    const write = (registry: string) =>
      mintmark(home, ["write", "podman", "--path", path, "--registry", registry]);
    expect(await write(host)).toMatchObject({ code: 0 });
    expect(await write("evil.test")).toMatchObject({ code: 2, stderr: expect.stringContaining(host) });
    await Promise.all(
      ["a", "b", "c"].map((name) => mintmark(home, ["write", "env", "--path", join(home, name)])),
    );
    const hosts = JSON.parse(readFileSync(join(home, ".config/mintmark/hosts.json"), "utf8"));
    expect(hosts.hubs[hub.url].written).toHaveLength(4);
  });

  test("is not told by --verbose", async () => {
    const home = await personAt("vera");
    const made = await mintmark(home, ["token", "create", "--kind", "app_token", "--verbose"]);
    expect(made.stderr).toContain("POST ");
    expect(made.stderr).not.toMatch(/mm[a-z]_\w{36}|eyJ/);
  });
});

describe("run", () => {
  test("passes on exit codes and ends its credential, also on a signal", async () => {
    const home = await personAt("rudi");
    expect(await mintmark(home, ["run", "--", "sh", "-c", "exit 7"])).toMatchObject({ code: 7 });
    expect(await mintmark(home, ["run", "--", "no-such-program"])).toMatchObject({ code: 127 });
    const child = spawn("mintmark", ["run", "--", "sleep", "60"], { env: environment(home), cwd: home });
    await eventually(async () => (await tokensOf(home, "personal_token")).length > 0 || null);
    child.kill("SIGTERM");
    const code = await new Promise((resolve) => child.once("exit", resolve));
    expect(code).toBe(143);
    expect(await tokensOf(home, "personal_token")).toEqual([]);
  });

  test("leaves a credential that expires by itself when it is killed", async () => {
    const home = await personAt("kim");
    await mintmark(home, ["run", "--expires", "5m", "--", "sh", "-c", "kill -9 $PPID"]);
    const [left] = await tokensOf(home, "personal_token");
    expect(Date.parse(left?.expiresAt ?? "") - Date.now()).toBeLessThan(5 * 60_000);
  });

  test("refuses a kind of which there is one, before the program starts", async () => {
    const home = await personAt("ulf");
    const outcome = await mintmark(home, ["run", "--kind", "hub_token", "--", "touch", "started"]);
    expect(outcome).toMatchObject({ code: 1, stderr: expect.stringContaining("would end the one in use") });
    expect(readdirSync(home)).not.toContain("started");
  });
});

test("exit codes tell a wrong command line, a refusal and a hub out of reach apart", async () => {
  const home = join(folder, "stranger");
  mkdirSync(home);
  const codeOf = async (...args: readonly string[]) => (await mintmark(home, args, "x")).code;
  expect(await codeOf("nonsense")).toBe(1);
  expect(await codeOf("status", "--hub", "ftp://hub")).toBe(1);
  expect(await codeOf("status", "--hub", hub.url)).toBe(2);
  expect(await codeOf("check", "--hub", hub.url)).toBe(2);
  expect(await codeOf("check", "--hub", "http://127.0.0.1:1")).toBe(3);
  const json = await mintmark(home, ["status", "--hub", hub.url, "--json"]);
  expect(JSON.parse(json.stdout)).toMatchObject({ error: { code: "not_logged_in" } });
});

describe("with a second hub that is out of reach,", () => {
  const silent = "http://127.0.0.1:1";

  /** The log-in at the hub, and the same under the address of a hub that answers nobody. */
  async function personAtTwo(name: string): Promise<string> {
    const home = await personAt(name);
    const path = join(home, ".config/mintmark/hosts.json");
    const kept = JSON.parse(readFileSync(path, "utf8"));
    kept.hubs = { [silent]: kept.hubs[hub.url], ...kept.hubs };
    writeFileSync(path, JSON.stringify(kept), { mode: 0o600 });
    return home;
  }

  test("keep-alive uses the other log-in all the same, and names the one that failed", async () => {
    const home = await personAtTwo("tilda");
    const { code, stdout } = await mintmark(home, ["keep-alive"]);
    expect(code).toBe(3);
    expect(stdout).toContain(`Log-in at ${hub.url} used`);
    expect(stdout).toContain(`Not kept alive: the log-in at ${silent}`);
    expect(await mintmark(home, ["keep-alive", "--hub", hub.url])).toMatchObject({ code: 0 });
  });

  test("logout keeps what it cannot end, and forgets it when it is forced", async () => {
    const home = await personAtTwo("ulla");
    const kept = await mintmark(home, ["logout", "--hub", silent]);
    expect(kept).toMatchObject({ code: 3 });
    expect(kept.stderr).toContain("the log-in is kept");
    const forced = await mintmark(home, ["logout", "--hub", silent, "--force"]);
    expect(forced).toMatchObject({ code: 0 });
    expect(forced.stdout).toContain("revoke the credential");
    expect(await mintmark(home, ["status", "--hub", silent])).toMatchObject({ code: 2 });
    expect(await mintmark(home, ["status"])).toMatchObject({ code: 0 });
  });
});

describe.each([
  [
    "bash",
    `source <(mintmark completion bash); COMP_WORDS=(mintmark token r) COMP_CWORD=2; _mintmark
     printf '%s\\n' "\${COMPREPLY[@]}"`,
  ],
  // Completion proper needs a terminal in zsh; here its two builtins print what they are given.
  [
    "zsh",
    `compdef() { :; }; compadd() { print -l -- \${(P)2}; }
     source <(mintmark completion zsh); words=(mintmark token r); CURRENT=3; _mintmark`,
  ],
  ["fish", "mintmark completion fish | source; complete -C 'mintmark token r'"],
])("%s", (shell, lines) => {
  const program = requireProgram(shell);

  test("completes the commands", async () => {
    const home = join(folder, `shell-${shell}`);
    mkdirSync(home);
    const outcome = await run(home, program ?? "", ["-c", lines]);
    expect(outcome.stdout.trim().split(/\s+/).sort(), outcome.stderr).toEqual(["revoke", "rotate"]);
  });
});

test("the guide can be followed word for word", async () => {
  const home = await personAt("gina");
  const blocks = guideBlocks(GUIDE, "story");
  expect(blocks.length).toBeGreaterThan(3);
  const text = [
    "set -euo pipefail",
    `HUB=${hub.url} HUB_USER=gina HUB_PASSWORD="${PASSWORD}"`,
    ...blocks,
  ].join("\n");
  const outcome = await run(home, "bash", ["-c", text]);
  expect(outcome, outcome.stderr).toMatchObject({ code: 0 });
  expect(outcome.stdout).toContain(`was revoked on ${TODAY()}`);
  expect(outcome.stdout).toContain("exit code 2");
});

async function logInByBrowser(home: string, username: string): Promise<void> {
  const child = spawn("mintmark", ["login", "--hub", hub.url], { env: environment(home), cwd: home });
  let said = "";
  child.stderr.on("data", (chunk) => {
    said += chunk;
  });
  const code = await eventually(async () => /code ([A-Z]{4}-[A-Z]{4})/.exec(said)?.[1] ?? null);
  const session = await logIn(hub, username, PASSWORD);
  const reply = await fetch(`${hub.url}/device/answer`, {
    method: "POST",
    headers: { authorization: `Bearer ${session}` },
    body: new URLSearchParams({ user_code: code, answer: "approve" }),
  });
  expect(reply.status).toBe(200);
  expect(await new Promise((resolve) => child.once("exit", resolve))).toBe(0);
}

async function publish(name: string): Promise<void> {
  const [namespace = "", short = ""] = name.split(".");
  const { bytes, filename } = await buildCollection({ namespace, name: short, version: "1.0.0" });
  const token = await api<{ secret: string }>(hub, "POST", "/credentials", {
    bearer: root,
    body: { kind: "hub_token" },
  });
  const form = new FormData();
  form.set("file", new Blob([new Uint8Array(bytes)]), filename);
  const reply = await fetch(`${hub.url}/api/galaxy/v3/artifacts/collections/`, {
    method: "POST",
    headers: { authorization: `Token ${token.secret}` },
    body: form,
  });
  expect(reply.status).toBe(202);
}

async function tokensOf(home: string, kind: string, title = "") {
  const { stdout } = await mintmark(home, ["token", "list", "--kind", kind, "--json"]);
  const all = JSON.parse(stdout) as { id: string; title: string | null; expiresAt: string | null }[];
  return all.filter((one) => (one.title ?? "").startsWith(title));
}
