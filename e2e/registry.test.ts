import type { ChildProcess } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { freePort, GUIDE, makeImage, type Outcome, runClient, startRegistry } from "./docker-registry.ts";
import { eventually } from "./eventually.ts";
import { requireProgram } from "./programs.ts";
import { api, logIn, type RunningServer, startServer } from "./server.ts";

const ADA_PASSWORD = "ada's long password";
const BOB_PASSWORD = "bob's long password";

const registryProgram = requireProgram("docker-registry");
const skopeo = requireProgram("skopeo");
const ready = registryProgram !== undefined && skopeo !== undefined;

let hub: RunningServer;
let registry: ChildProcess;
let host: string;
let folder: string;
let image: string;
let ada: string;

beforeAll(async () => {
  if (!ready) {
    return;
  }
  folder = mkdtempSync(join(tmpdir(), "mintmark-registry-"));
  image = makeImage(join(folder, "image"));
  hub = await startServer({ env: { MINTMARK_REGISTRY_TOKEN_LIFETIME: "60s" } });
  const root = await logIn(hub);
  await addUser(root, "ada", ADA_PASSWORD);
  await addUser(root, "bob", BOB_PASSWORD);
  const body = { grants: ["repository:public/*:pull"] };
  await api(hub, "PUT", "/grants/anonymous", { bearer: root, body });
  host = `127.0.0.1:${await freePort()}`;
  ada = await logIn(hub, "ada", ADA_PASSWORD);
  registry = await startRegistry({ program: registryProgram, folder, host, hub });
});

afterAll(async () => {
  registry?.kill();
  await hub?.stop();
  hub?.remove();
  rmSync(folder ?? "", { recursive: true, force: true });
});

describe("the guide", () => {
  it("can be followed word for word to a pushed image", async () => {
    const steps = [...GUIDE.matchAll(/<!-- story -->\n *```sh\n([\s\S]*?)```/g)].map(([, block]) => block);
    expect(steps).toHaveLength(3);
    const outcome = await run("bash", ["-c", ["set -euo pipefail", ...steps].join("\n")], {
      HUB: hub.url,
      REGISTRY: host,
      HUB_USER: "ada",
      HUB_PASSWORD: ADA_PASSWORD,
      IMAGE: `oci:${image}:1`,
      REGISTRY_AUTH_FILE: join(folder, "guide-auth.json"),
    });
    expect(outcome).toMatchObject({ code: 0, output: expect.stringContaining("Login Succeeded!") });
    expect(await pull("ada/hello:1", ["--src-creds", `ada:${ADA_PASSWORD}`])).toMatchObject({ code: 0 });
  });
});

describe("an app token", () => {
  it("pushes with skopeo and pulls the same bytes, and shows who used it last", async () => {
    const { secret, id } = await makeToken();
    expect(await push("ada/app:1", secret)).toMatchObject({ code: 0 });
    const back = join(folder, "back");
    expect(await pull("ada/app:1", ["--src-creds", `$app:${secret}`], back)).toMatchObject({ code: 0 });
    expect(blobsOf(back)).toEqual(blobsOf(image));
    const used = await eventually(async () => {
      const found = await api<Credential>(hub, "GET", `/credentials/${id}`, { bearer: ada });
      return found.lastUsedAt === null ? null : found;
    });
    expect(used).toMatchObject({
      lastUsedFrom: "127.0.0.1",
      lastUsedAgent: expect.stringMatching(/^skopeo\//),
    });
  });

  it("that is wrong is refused", async () => {
    const { secret } = await makeToken();
    const refused = await push("ada/app:2", spoil(secret));
    expect(refused).toMatchObject({ code: 1, output: expect.stringContaining("unauthorized") });
  });

  it("is refused at the next log-in once it is revoked, and its holder is told", async () => {
    const { secret, id } = await makeToken();
    expect(await push("ada/revoked:1", secret)).toMatchObject({ code: 0 });
    await api(hub, "DELETE", `/credentials/${id}`, { bearer: ada });
    const refused = await pull("ada/revoked:1", ["--src-creds", `$app:${secret}`]);
    expect(refused).toMatchObject({
      code: 1,
      output: expect.stringMatching(/was revoked on \d{4}-\d\d-\d\d/),
    });
  });

  it("deletes what its owner pushed", async () => {
    const { secret } = await makeToken();
    await push("ada/gone:1", secret);
    const target = `docker://${host}/ada/gone:1`;
    const creds = ["--tls-verify=false", "--creds", `$app:${secret}`];
    expect(await run(skopeo, ["delete", ...creds, target])).toMatchObject({ code: 0 });
    expect((await pull("ada/gone:1", ["--src-creds", `$app:${secret}`])).code).toBe(1);
  });
});

describe("a robot of Quay's API", () => {
  it("pushes under its own name, and its regenerated token takes the place of the former", async () => {
    const root = await logIn(hub);
    const body = { name: "ops", grants: ["repository:ops/*:pull,push"] };
    await api(hub, "POST", "/teams", { bearer: root, body });
    await api(hub, "PUT", "/teams/ops/members/ada", { bearer: root });
    const robot = async (method: string, path: string) => {
      const headers = { authorization: `Bearer ${ada}` };
      const reply = await fetch(`${hub.url}/api/v1/organization/ops/robots/ci${path}`, { method, headers });
      return (await reply.json()) as { name: string; token: string };
    };
    const copyTo = (target: string, { name, token }: { name: string; token: string }) => {
      const creds = ["--dest-tls-verify=false", "--dest-creds", `${name}:${token}`];
      const args = ["copy", "--insecure-policy", ...creds, `oci:${image}:1`, `docker://${host}/${target}`];
      return run(skopeo, args);
    };

    const made = await robot("PUT", "");
    expect(made.name).toBe("ops+ci");
    expect(await copyTo("ops/app:1", made)).toMatchObject({ code: 0 });
    expect((await copyTo("ada/app:9", made)).code).toBe(1);
    const again = await robot("POST", "/regenerate");
    expect(await copyTo("ops/app:2", again)).toMatchObject({ code: 0 });
    expect((await copyTo("ops/app:3", made)).code).toBe(1);
  });
});

describe("a service", () => {
  it("goes on pulling after its only steward is disabled", async () => {
    const root = await logIn(hub);
    await addUser(root, "steward", BOB_PASSWORD);
    const service = {
      name: "svc-nightly",
      stewards: ["steward"],
      grants: ["repository:nightly/*:pull,push"],
    };
    await api(hub, "POST", "/services", { bearer: root, body: service });
    const bearer = await logIn(hub, "steward", BOB_PASSWORD);
    const body = { owner: "svc-nightly", kind: "app_token", title: "nightly" };
    const { secret } = await api<{ secret: string }>(hub, "POST", "/credentials", { bearer, body });
    expect(await push("nightly/app:1", secret)).toMatchObject({ code: 0 });
    await api(hub, "PATCH", "/users/steward", { bearer: root, body: { disabled: true } });
    for (const user of ["$app", "svc-nightly"]) {
      const pulled = await pull("nightly/app:1", ["--src-creds", `${user}:${secret}`]);
      expect(pulled, user).toMatchObject({ code: 0 });
    }
    const seen = await api(hub, "GET", "/services/svc-nightly", { bearer: root });
    expect(seen).toMatchObject({ orphaned: true });
  });
});

describe("podman", () => {
  const podman = requireProgram("podman");

  it("takes an app token from standard input, pulls and pushes", async () => {
    const { secret } = await makeToken();
    const storage = [
      "--root",
      join(folder, "podman"),
      "--runroot",
      join(folder, "podman-run"),
      "--storage-driver",
      "vfs",
    ];
    const auth = ["--authfile", join(folder, "podman-auth.json"), "--tls-verify=false"];
    const login = ["login", ...auth, "-u", "$app", "--password-stdin", host];
    expect(await run(podman, [...storage, ...login], {}, secret)).toMatchObject({ code: 0 });
    const pulled = await run(podman, [...storage, "pull", "-q", "oci:image"]);
    expect(pulled).toMatchObject({ code: 0, output: expect.stringMatching(/^[0-9a-f]{64}/) });
    const id = pulled.output.slice(0, 64);
    const target = `${host}/ada/by-podman:1`;
    expect(await run(podman, [...storage, "push", ...auth, id, target])).toMatchObject({ code: 0 });
    expect(await run(podman, [...storage, "pull", ...auth, target])).toMatchObject({ code: 0 });
    const wrong = await run(podman, [...storage, ...login], {}, `${secret.slice(0, -1)}_`);
    expect(wrong).toMatchObject({ code: 125, output: expect.stringContaining("invalid username/password") });
  });

  it("logs in as a robot, and no more once the robot's team has lost its grants or the robot is gone", async () => {
    const root = await logIn(hub);
    const grants = ["repository:crew/*:pull,push"];
    await api(hub, "POST", "/teams", { bearer: root, body: { name: "crew", grants } });
    const robot = async (method: string) =>
      fetch(`${hub.url}/api/v1/organization/crew/robots/ci`, {
        method,
        headers: { authorization: `Bearer ${root}` },
      });
    const { token } = (await (await robot("PUT")).json()) as { token: string };
    const auth = ["--authfile", join(folder, "robot-auth.json"), "--tls-verify=false"];
    const storage = ["--root", join(folder, "podman"), "--runroot", join(folder, "podman-run")];
    const asRobot = (...args: string[]) => run(podman, [...storage, "--storage-driver", "vfs", ...args]);
    const logInAsRobot = () =>
      run(
        podman,
        [...storage, "--storage-driver", "vfs", "login", ...auth, "-u", "crew+ci", "--password-stdin", host],
        {},
        token,
      );

    expect(await logInAsRobot()).toMatchObject({ code: 0 });
    const { output } = await asRobot("pull", "-q", "oci:image");
    const id = output.slice(0, 64);
    const target = `${host}/crew/app:1`;
    expect(await asRobot("push", ...auth, id, target)).toMatchObject({ code: 0 });
    expect((await asRobot("push", ...auth, id, `${host}/ada/app:7`)).code).not.toBe(0);
    await api(hub, "PATCH", "/teams/crew", { bearer: root, body: { grants: [] } });
    expect((await asRobot("push", ...auth, id, target)).code).not.toBe(0);
    expect((await robot("DELETE")).status).toBe(204);
    expect(await logInAsRobot()).toMatchObject({ code: 125 });
  });
});

describe("docker", () => {
  const docker = requireProgram("docker");

  it("does not keep the token it logged in with, and what it keeps dies with it", async () => {
    const { secret, id } = await makeToken();
    const config = join(folder, "docker");
    const login = await run(
      docker,
      ["login", "-u", "$app", "--password-stdin", host],
      { DOCKER_CONFIG: config },
      secret,
    );
    expect(login).toMatchObject({ code: 0, output: expect.stringContaining("Login Succeeded") });
    const kept = readFileSync(join(config, "config.json"), "utf8");
    expect(kept).not.toContain(secret);
    expect(Buffer.from(JSON.parse(kept).auths[host].auth, "base64").toString()).toBe("$app:");
    expect(JSON.parse(kept).auths[host].identitytoken).toMatch(/^mmr_/);
    // skopeo reads docker's file and sends the identitytoken by POST, with `scope` repeated.
    const auth = ["--src-authfile", join(config, "config.json")];
    await push("ada/kept:1", secret);
    expect(await pull("ada/kept:1", auth)).toMatchObject({ code: 0 });
    await api(hub, "DELETE", `/credentials/${id}`, { bearer: ada });
    const after = await pull("ada/kept:1", auth);
    expect(after.code).not.toBe(0);
    expect(after.output).toMatch(/unauthorized|invalid_grant|400/i);
  });

  it("tells the client with a wrong token what is wrong with it", async () => {
    const { secret } = await makeToken();
    const wrong = spoil(secret);
    const login = await run(
      docker,
      ["login", "-u", "$app", "--password-stdin", host],
      { DOCKER_CONFIG: join(folder, "no") },
      wrong,
    );
    expect(login).toMatchObject({ code: 1, output: expect.stringContaining("The credential is not valid.") });
  });
});

describe("what a token may not", () => {
  it("push with a pull-only token, or into somebody else's name", async () => {
    const { secret } = await makeToken();
    await push("ada/app:1", secret);
    const reader = await makeToken({ scopes: ["repository:ada/app:pull"] });
    expect(await pull("ada/app:1", ["--src-creds", `$app:${reader.secret}`])).toMatchObject({ code: 0 });
    for (const [name, token] of [
      ["ada/app:9", reader.secret],
      ["bob/app:1", secret],
      ["ada:1", secret],
    ] as const) {
      const refused = await push(name, token);
      expect(refused).toMatchObject({ code: 1, output: expect.stringMatching(/denied|unauthorized/) });
    }
  });

  it("be read by another user, until the owner's grants say so", async () => {
    const { secret } = await makeToken();
    await push("ada/shared:1", secret);
    const bob = ["--src-creds", `bob:${BOB_PASSWORD}`];
    expect((await pull("ada/shared:1", bob)).code).toBe(1);
    const body = { grants: ["repository:ada/shared:pull"] };
    await api(hub, "PUT", "/users/bob/grants", { bearer: await logIn(hub), body });
    expect(await pull("ada/shared:1", bob)).toMatchObject({ code: 0 });
  });

  it("be asked of strangers, except for what is public", async () => {
    const root = await logIn(hub);
    const { credential, secret } = await api<Issued>(hub, "POST", "/credentials", {
      bearer: root,
      body: { kind: "app_token" },
    });
    expect(credential.kind).toBe("app_token");
    await push("public/hello:1", secret);
    expect(await pull("public/hello:1", ["--src-no-creds"])).toMatchObject({ code: 0 });
    expect((await pull("ada/hello:1", ["--src-no-creds"])).code).toBe(1);
  });
});

describe("a registry token", () => {
  it("outlives its revoked parent by its own life at most, and is then refused by the registry", async () => {
    const { secret, id } = await makeToken();
    await push("ada/late:1", secret);
    const jwt = await registryToken(hub.url, secret, "repository:ada/late:pull");
    const { iat, exp } = JSON.parse(Buffer.from(jwt.split(".")[1] ?? "", "base64url").toString());
    expect(exp - iat).toBe(60);
    await api(hub, "DELETE", `/credentials/${id}`, { bearer: ada });
    // The guide says so: what was signed before is the registry's to judge.
    expect(await manifestStatus("ada/late", jwt)).toBe(200);
  });
});

describe("an old registry token", () => {
  const faketime = requireProgram("faketime");

  it("signed two minutes ago is dead for the registry, which allows clocks one minute", async () => {
    const { secret } = await makeToken();
    await push("ada/old:1", secret);
    await hub.stop();
    const env = { MINTMARK_REGISTRY_TOKEN_LIFETIME: "60s", MINTMARK_PORT: new URL(hub.url).port };
    const late = await startServer({ dataDir: hub.dataDir, wrapper: [faketime ?? "", "-f", "-125s"], env });
    const old = await registryToken(late.url, secret, "repository:ada/old:pull");
    await late.stop();
    hub = await startServer({ dataDir: hub.dataDir, env });
    const young = await registryToken(hub.url, secret, "repository:ada/old:pull");
    expect(await manifestStatus("ada/old", young)).toBe(200);
    expect(await manifestStatus("ada/old", old)).toBe(401);
  });
});

interface Credential {
  readonly id: string;
  readonly kind: string;
  readonly lastUsedAt: string | null;
}

interface Issued {
  readonly credential: Credential;
  readonly secret: string;
}

async function addUser(root: string, username: string, password: string): Promise<void> {
  await api(hub, "POST", "/users", { bearer: root, body: { username, password, role: "member" } });
}

async function makeToken(more: { scopes?: string[] } = {}): Promise<{ secret: string; id: string }> {
  const body = { kind: "app_token", title: "e2e", ...more };
  const { credential, secret } = await api<Issued>(hub, "POST", "/credentials", { bearer: ada, body });
  return { secret, id: credential.id };
}

/** The same token with one character changed. */
function spoil(secret: string): string {
  return `${secret.slice(0, 20)}${secret[20] === "a" ? "b" : "a"}${secret.slice(21)}`;
}

function push(name: string, secret: string): Promise<Outcome> {
  const creds = ["--dest-tls-verify=false", "--dest-creds", `$app:${secret}`];
  return run(skopeo, ["copy", "--insecure-policy", ...creds, `oci:${image}:1`, `docker://${host}/${name}`]);
}

function pull(
  name: string,
  creds: readonly string[],
  to = join(folder, randomBytes(6).toString("hex")),
): Promise<Outcome> {
  const tls = "--src-tls-verify=false";
  return run(skopeo, ["copy", "--insecure-policy", tls, ...creds, `docker://${host}/${name}`, `oci:${to}:1`]);
}

async function registryToken(url: string, secret: string, scope: string): Promise<string> {
  const authorization = `Basic ${Buffer.from(`$app:${secret}`).toString("base64")}`;
  const query = new URLSearchParams({ service: "mintmark-registry", scope });
  const response = await fetch(`${url}/v2/auth?${query}`, { headers: { authorization } });
  return ((await response.json()) as { token: string }).token;
}

async function manifestStatus(name: string, jwt: string): Promise<number> {
  const headers = {
    authorization: `Bearer ${jwt}`,
    accept:
      "application/vnd.oci.image.manifest.v1+json, application/vnd.docker.distribution.manifest.v2+json",
  };
  return (await fetch(`http://${host}/v2/${name}/manifests/1`, { headers })).status;
}

function blobsOf(path: string): Record<string, string> {
  const blobs = join(path, "blobs", "sha256");
  return Object.fromEntries(
    readdirSync(blobs)
      .sort()
      .map((name) => [
        name,
        createHash("sha256")
          .update(readFileSync(join(blobs, name)))
          .digest("hex"),
      ]),
  );
}

function run(
  program: string | undefined,
  parameters: readonly string[],
  env: Readonly<Record<string, string>> = {},
  input = "",
): Promise<Outcome> {
  return runClient(folder, program, parameters, env, input);
}
