import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildCollection } from "../packages/server/src/testing/collection-tarball.ts";
import { requireProgram } from "./programs.ts";
import { api, logIn, type RunningServer, startServer } from "./server.ts";

/** More versions of the client, as paths parted by colons; else the installed one. */
const clients = (process.env.ANSIBLE_GALAXY_BINS ?? "").split(":").filter((path) => path !== "");
const PASSWORD = "a publisher's password";
const RUN_TIMEOUT_MS = 90_000;

interface Outcome {
  readonly code: number;
  readonly output: string;
}

/** A person's machine: a home of its own and an `ansible.cfg` that names one hub. */
class Desk {
  readonly folder = mkdtempSync(join(tmpdir(), "mintmark-ansible-"));
  readonly #client: string;
  readonly #url: string;
  #settings: Readonly<Record<string, string>>;

  constructor(client: string, url: string, token: string) {
    this.#client = client;
    this.#url = url;
    this.#settings = { ANSIBLE_CONFIG: this.path("ansible.cfg") };
    this.configure(token);
  }

  configure(token: string): void {
    const lines = [
      "[galaxy]",
      "server_list = hub",
      "",
      "[galaxy_server.hub]",
      `url = ${this.#url}`,
      `token = ${token}`,
      "",
    ];
    writeFileSync(join(this.folder, "ansible.cfg"), lines.join("\n"), { mode: 0o600 });
  }

  /** A service's OAuth client in place of a token. */
  configureClient(hub: string, client: { readonly clientId: string; readonly clientSecret: string }): void {
    const lines = [
      "[galaxy]",
      "server_list = hub",
      "",
      "[galaxy_server.hub]",
      `url = ${this.#url}`,
      `auth_url = ${hub}/auth/realms/redhat-external/protocol/openid-connect/token`,
      `client_id = ${client.clientId}`,
      `client_secret = ${client.clientSecret}`,
      "",
    ];
    writeFileSync(join(this.folder, "ansible.cfg"), lines.join("\n"), { mode: 0o600 });
  }

  useEnvironment(token: string): void {
    rmSync(this.path("ansible.cfg"));
    this.#settings = {
      ANSIBLE_GALAXY_SERVER_LIST: "hub",
      ANSIBLE_GALAXY_SERVER_HUB_URL: this.#url,
      ANSIBLE_GALAXY_SERVER_HUB_TOKEN: token,
    };
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  path(...segments: string[]): string {
    return join(this.folder, ...segments);
  }

  run(...parameters: string[]): Promise<Outcome> {
    const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith("ANSIBLE_"));
    const env = {
      ...Object.fromEntries(inherited),
      HOME: this.folder,
      ...this.#settings,
      ANSIBLE_NOCOLOR: "1",
      COLUMNS: "1000",
    };
    return new Promise((resolve) => {
      execFile(
        this.#client,
        ["collection", ...parameters],
        { cwd: this.folder, env, timeout: RUN_TIMEOUT_MS },
        (error, stdout, stderr) => {
          const code = error === null ? 0 : typeof error.code === "number" ? error.code : -1;
          resolve({ code, output: `${stdout}${stderr}` });
        },
      );
    });
  }

  /** Makes a collection with `ansible-galaxy` itself; the path of its tarball. */
  async build(
    name: string,
    options: { dependencies?: Record<string, string>; readme?: string } = {},
  ): Promise<string> {
    const [namespace = "", short = ""] = name.split(".");
    const source = this.path("sources", namespace, short);
    expect(await this.run("init", name, "--init-path", this.path("sources"), "--force")).toMatchObject({
      code: 0,
    });
    const meta = readFileSync(join(source, "galaxy.yml"), "utf8");
    writeFileSync(
      join(source, "galaxy.yml"),
      meta.replace(/^dependencies: .*$/m, `dependencies: ${JSON.stringify(options.dependencies ?? {})}`),
    );
    writeFileSync(join(source, "README.md"), options.readme ?? `# ${name}\n`);
    expect(await this.run("build", source, "--output-path", this.path("built"), "--force")).toMatchObject({
      code: 0,
    });
    return this.path("built", `${namespace}-${short}-1.0.0.tar.gz`);
  }

  write(filename: string, bytes: Buffer): string {
    mkdirSync(this.path("built"), { recursive: true });
    writeFileSync(this.path("built", filename), bytes);
    return this.path("built", filename);
  }
}

/** True from ansible-core 2.19 on. */
function takesClients(program: string): Promise<boolean> {
  return new Promise((resolve) => {
    execFile(program, ["--version"], (_error, stdout) => {
      const [, minor = "0"] = /core 2\.(\d+)/.exec(stdout) ?? [];
      resolve(Number(minor) >= 19);
    });
  });
}

describe.each(clients.length > 0 ? clients : ["ansible-galaxy"])("%s, unmodified,", (client) => {
  const program = client.includes("/") ? client : requireProgram(client);
  let server: RunningServer;
  let desk: Desk;
  let token: string;

  async function loadToken(): Promise<string> {
    const reply = await fetch(`${server.url}/api/galaxy/v3/auth/token/`, {
      method: "POST",
      headers: { authorization: basic },
    });
    expect(reply.status).toBe(200);
    return ((await reply.json()) as { token: string }).token;
  }

  const basic = `Basic ${Buffer.from(`ada:${PASSWORD}`).toString("base64")}`;

  beforeAll(async () => {
    if (program === undefined) {
      return;
    }
    server = await startServer();
    const admin = await logIn(server);
    await api(server, "POST", "/users", {
      bearer: admin,
      body: { username: "ada", password: PASSWORD, role: "member" },
    });
    await api(server, "PUT", "/users/ada/grants", {
      bearer: admin,
      body: { grants: ["collection:acme.*:upload"] },
    });
    token = await loadToken();
    desk = new Desk(program, `${server.url}/api/galaxy/`, token);
  });

  afterAll(async () => {
    if (program === undefined) {
      return;
    }
    await server.stop();
    server.remove();
    desk.remove();
  });

  it("publishes a collection and the one it depends on", async () => {
    for (const [name, dependencies] of [
      ["acme.base", {}],
      ["acme.tools", { "acme.base": ">=1.0.0" }],
    ] as const) {
      const outcome = await desk.run("publish", await desk.build(name, { dependencies }), "-s", "hub");
      expect(outcome).toMatchObject({
        code: 0,
        output: expect.stringContaining("successfully published and imported"),
      });
    }
  });

  it("installs the collection elsewhere with its dependency, byte by byte", async () => {
    const elsewhere = new Desk(program as string, `${server.url}/api/galaxy/`, token);
    const outcome = await elsewhere.run("install", "acme.tools", "-p", elsewhere.path("installed"));
    expect(outcome).toMatchObject({ code: 0 });
    for (const name of ["tools", "base"]) {
      const path = elsewhere.path("installed", "ansible_collections", "acme", name, "README.md");
      expect(readFileSync(path, "utf8")).toBe(`# acme.${name}\n`);
    }
    elsewhere.remove();
  });

  it("installs from the URL without a slash, from the old prefix and from the published repository", async () => {
    for (const path of ["/api/galaxy", "/api/automation-hub/", "/api/galaxy/content/published/"]) {
      const elsewhere = new Desk(program as string, `${server.url}${path}`, token);
      const outcome = await elsewhere.run("install", "acme.tools", "-p", elsewhere.path("installed"));
      expect(outcome, path).toMatchObject({ code: 0 });
      elsewhere.remove();
    }
  });

  it("needs no ansible.cfg: the environment alone will do", async () => {
    const elsewhere = new Desk(program as string, `${server.url}/api/galaxy/`, token);
    elsewhere.useEnvironment(token);
    const outcome = await elsewhere.run("install", "acme.tools", "-p", elsewhere.path("installed"));
    expect(outcome).toMatchObject({ code: 0 });
    elsewhere.remove();
  });

  it("is told in words that it may not publish into a foreign namespace", async () => {
    const outcome = await desk.run("publish", await desk.build("other.tools"), "-s", "hub");
    expect(outcome.code).not.toBe(0);
    expect(outcome.output).toMatch(
      /HTTP Code: 403, Message: You are not allowed to publish 'other\.tools'.*permission_denied/s,
    );
  });

  it("may publish the same file again, and is told of the conflict when it is another", async () => {
    const file = desk.path("built", "acme-base-1.0.0.tar.gz");
    expect(await desk.run("publish", file, "-s", "hub")).toMatchObject({ code: 0 });
    const outcome = await desk.run(
      "publish",
      await desk.build("acme.base", { readme: "# changed\n" }),
      "-s",
      "hub",
    );
    expect(outcome.code).not.toBe(0);
    expect(outcome.output).toMatch(/acme\.base 1\.0\.0 is published already.*conflict/s);
  });

  it("is told which file of a broken collection is at fault", async () => {
    const { filename, bytes } = await buildCollection({ name: "broken", without: ["README.md"] });
    const outcome = await desk.run("publish", desk.write(filename, bytes), "-s", "hub");
    expect(outcome.code).not.toBe(0);
    expect(outcome.output).toContain("'README.md' is listed in FILES.json but not in the archive");
  });

  it("finds a version on the second page", async () => {
    for (let patch = 0; patch <= 102; patch += 1) {
      await publishDirectly(await buildCollection({ name: "many", version: `1.0.${patch}` }));
    }
    const outcome = await desk.run("install", "acme.many:1.0.1", "-p", desk.path("installed"));
    expect(outcome).toMatchObject({
      code: 0,
      output: expect.stringContaining("acme.many:1.0.1 was installed successfully"),
    });
  });

  it("is told that its token was revoked, and where to get another, once it is replaced", async () => {
    const replaced = token;
    token = await loadToken();
    const elsewhere = new Desk(program as string, `${server.url}/api/galaxy/`, replaced);
    for (const command of [
      ["install", "acme.tools", "-p", elsewhere.path("installed")],
      ["publish", desk.path("built", "acme-tools-1.0.0.tar.gz"), "-s", "hub"],
    ]) {
      const outcome = await elsewhere.run(...command);
      expect(outcome.code).not.toBe(0);
      expect(outcome.output).toMatch(/HTTP Code: 401.*revoked.*Get a new one at http/s);
    }
    elsewhere.configure(token);
    expect(await elsewhere.run("install", "acme.tools", "-p", elsewhere.path("installed"))).toMatchObject({
      code: 0,
    });
    elsewhere.remove();
  });

  it("goes on with a service's token, and with its client from 2.19 on, after its only steward is disabled", async () => {
    const admin = await logIn(server);
    const grants = ["collection:acme.*:download"];
    const users = [
      ["/users", { username: "steward", password: PASSWORD, role: "member" }],
      ["/services", { name: "svc-nightly", stewards: ["steward"], grants }],
    ] as const;
    for (const [path, body] of users) {
      await api(server, "POST", path, { bearer: admin, body });
    }
    const bearer = await logIn(server, "steward", PASSWORD);
    const body = { owner: "svc-nightly", kind: "hub_token" };
    const { secret } = await api<{ secret: string }>(server, "POST", "/credentials", { bearer, body });
    const made = await api<{ clientId: string; clientSecret: string }>(
      server,
      "POST",
      "/services/svc-nightly/client",
      { bearer },
    );
    await api(server, "PATCH", "/users/steward", { bearer: admin, body: { disabled: true } });

    const nightly = new Desk(program as string, `${server.url}/api/galaxy/`, secret);
    const install = () => nightly.run("install", "acme.tools", "-p", nightly.path("installed"), "--force");
    expect(await install()).toMatchObject({ code: 0 });
    if (await takesClients(program as string)) {
      nightly.configureClient(server.url, made);
      expect(await install()).toMatchObject({ code: 0 });
      nightly.configureClient(server.url, { ...made, clientSecret: `${made.clientSecret}x` });
      expect((await install()).code).not.toBe(0);
    }
    nightly.remove();
    const service = await api(server, "GET", "/services/svc-nightly", { bearer: admin });
    expect(service).toMatchObject({ orphaned: true });
  });

  it("is refused after the token is revoked", async () => {
    const reply = await fetch(`${server.url}/api/galaxy/v3/auth/token/`, {
      method: "DELETE",
      headers: { authorization: basic },
    });
    expect(reply.status).toBe(204);
    desk.configure(token);
    const outcome = await desk.run("publish", desk.path("built", "acme-tools-1.0.0.tar.gz"), "-s", "hub");
    expect(outcome.code).not.toBe(0);
    expect(outcome.output).toMatch(/HTTP Code: 401.*revoked/s);
  });

  async function publishDirectly({ filename, bytes }: { filename: string; bytes: Buffer }): Promise<void> {
    const form = new FormData();
    form.append("sha256", createHash("sha256").update(bytes).digest("hex"));
    form.append(
      "file",
      new Blob([new Uint8Array(bytes)], { type: "application/octet-stream" }),
      basename(filename),
    );
    const reply = await fetch(`${server.url}/api/galaxy/v3/artifacts/collections/`, {
      method: "POST",
      headers: { authorization: `Token ${token}` },
      body: form,
    });
    expect(reply.status).toBe(202);
  }
});
