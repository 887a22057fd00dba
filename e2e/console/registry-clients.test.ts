import type { ChildProcess } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { freePort, makeImage, runClient, startRegistry } from "../docker-registry.ts";
import { requireProgram } from "../programs.ts";
import { api, logIn, type RunningServer, startServer } from "../server.ts";
import { launchBrowser, openPage, readSecret, signIn, type Watched } from "./browser.ts";

const PASSWORD = "a long password for ada";

const registryProgram = requireProgram("docker-registry");
const skopeo = requireProgram("skopeo");

let server: RunningServer;
let registry: ChildProcess;
let host: string;
let folder: string;
let image: string;
let browser: Browser;
let watched: Watched;
let page: Page;

beforeAll(async () => {
  if (registryProgram === undefined || skopeo === undefined) return;
  folder = mkdtempSync(join(tmpdir(), "mintmark-console-registry-"));
  image = makeImage(join(folder, "image"));
  server = await startServer();
  const body = { username: "ada", password: PASSWORD, role: "member" };
  await api(server, "POST", "/users", { bearer: await logIn(server), body });
  host = `127.0.0.1:${await freePort()}`;
  registry = await startRegistry({ program: registryProgram, folder, host, hub: server });
  browser = await launchBrowser();
});

afterAll(async () => {
  await browser?.close();
  registry?.kill();
  await server?.stop();
  server?.remove();
  rmSync(folder ?? "", { recursive: true, force: true });
});

beforeEach(async () => {
  watched = await openPage(browser, server.url, {
    viewport: { width: 1280, height: 860 },
    permissions: ["clipboard-read", "clipboard-write"],
  });
  page = watched.page;
  await page.goto("/registry/application-tokens");
  await signIn(page, "ada", PASSWORD);
});

afterEach(async () => {
  if (!watched) return;
  expect(watched.complaints).toEqual([]);
  await watched.context.close();
});

/**
 * Down the click path of the registry's documentation, to the dialog of a new token for the registry at
 * `host`.
 */
async function createToken(title: string): Promise<string> {
  await page.getByRole("button", { name: "Create application token" }).click();
  await page.getByLabel("Title").fill(title);
  await page.keyboard.press("Enter");
  await page.getByRole("combobox", { name: "Registry" }).fill(host);
  return readSecret(page, "Application token");
}

async function copied(tab: string, label: string): Promise<string> {
  await page.getByRole("tab", { name: tab }).click();
  await page.getByRole("button", { name: `Copy ${label}`, exact: true }).click();
  return page.evaluate(() => navigator.clipboard.readText());
}

async function downloaded(tab: string, filename: string): Promise<string> {
  await page.getByRole("tab", { name: tab }).click();
  const download = page.waitForEvent("download");
  await page.getByRole("button", { name: `Download ${filename}` }).click();
  return readFileSync(await (await download).path(), "utf8");
}

const run = (program: string | undefined, parameters: readonly string[], env: Record<string, string> = {}) =>
  runClient(folder, program, parameters, env);
const push = (name: string, authfile: string) =>
  run(skopeo, [
    ...["copy", "--insecure-policy", "--dest-tls-verify=false", "--dest-authfile", authfile],
    ...[`oci:${image}:1`, `docker://${host}/${name}`],
  ]);
const pull = (name: string, authfile: string) =>
  run(skopeo, [
    ...["copy", "--insecure-policy", "--src-tls-verify=false", "--src-authfile", authfile],
    ...[`docker://${host}/${name}`, `oci:${mkdtempSync(join(folder, "pulled-"))}:1`],
  ]);

test("config.json, saved as it is, pushes and pulls, until its token is revoked", async () => {
  await createToken("Build server");
  const saved = join(folder, "config.json");
  writeFileSync(saved, await downloaded("config.json", "config.json"), { mode: 0o600 });

  expect(await push("ada/console:1", saved)).toMatchObject({ code: 0 });
  expect(await pull("ada/console:1", saved)).toMatchObject({ code: 0 });

  await page.getByRole("button", { name: "Done" }).click();
  await page.getByRole("button", { name: "Revoke Build server" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Revoke" }).click();
  await page.getByRole("dialog").waitFor({ state: "detached" });
  const refused = await pull("ada/console:1", saved);
  expect(refused).toMatchObject({ code: 1, output: expect.stringMatching(/was revoked on/) });
});

test("the pull secret is a Secret of Kubernetes that holds the same config.json", async () => {
  await createToken("Cluster 1");
  const config = await copied("config.json", "config.json");
  const text = await downloaded("Kubernetes", "cluster-1-pull-secret.yaml");

  const secret = parse(text) as { data: Record<string, string> };
  expect(secret).toMatchObject({
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name: "cluster-1-pull-secret" },
    type: "kubernetes.io/dockerconfigjson",
  });
  const held = Buffer.from(secret.data[".dockerconfigjson"] ?? "", "base64").toString();
  expect(JSON.parse(held)).toEqual(JSON.parse(config));
  expect(Object.keys(JSON.parse(held).auths)).toEqual([host]);
  // As the kubelet does: the file is all that it has.
  const file = join(folder, "kubelet.json");
  writeFileSync(file, held, { mode: 0o600 });
  expect(await push("ada/cluster:1", file)).toMatchObject({ code: 0 });
  expect(await pull("ada/cluster:1", file)).toMatchObject({ code: 0 });
});

test("the line for skopeo logs in as it is copied, but for TLS that this registry has none of", async () => {
  await createToken("Skopeo");
  const line = await copied("podman", "Log in with skopeo");
  const authfile = join(folder, "skopeo-auth.json");
  const withoutTls = line.replace("skopeo login", "skopeo login --tls-verify=false");

  const login = await run("bash", ["-euo", "pipefail", "-c", withoutTls], { REGISTRY_AUTH_FILE: authfile });
  expect(login).toMatchObject({ code: 0, output: expect.stringContaining("Login Succeeded!") });
  expect(await push("ada/skopeo:1", authfile)).toMatchObject({ code: 0 });
});

test("a registry's name is looked at, and kept for the next token until the page is left", async () => {
  await createToken("First");
  const box = page.getByRole("combobox", { name: "Registry" });
  for (const wrong of [
    "https://registry.example",
    "registry.example/team",
    "a b",
    "registry.example:99999",
  ]) {
    await box.fill(wrong);
    await page.getByText("A host and, if needed, a port").waitFor();
    expect(await page.getByRole("tab").count()).toBe(0);
  }
  await box.fill("registry.example:5000");
  expect(await copied("docker", "Log in with docker")).toMatch(/--password-stdin registry\.example:5000$/);
  await page.getByRole("button", { name: "Done" }).click();

  await page.getByRole("button", { name: "Create application token" }).click();
  await page.getByLabel("Title").fill("Second");
  await page.keyboard.press("Enter");
  await expect.poll(() => box.inputValue()).toBe("registry.example:5000");
  await page.getByRole("button", { name: "Done" }).click();
  await page.getByRole("button", { name: "Close without copying" }).click();
  const kept = await page.evaluate(() => JSON.stringify([localStorage, sessionStorage, location.href]));
  expect(kept).not.toContain("registry.example");
});

describe("podman", () => {
  const podman = requireProgram("podman");

  test("logs in by the line as it is copied, but for TLS, and pushes", async () => {
    await createToken("Podman");
    const line = await copied("podman", "Log in with podman");
    const authfile = join(folder, "podman-auth.json");
    const withoutTls = line.replace("podman login", "podman login --tls-verify=false");

    const login = await run("bash", ["-euo", "pipefail", "-c", withoutTls], { REGISTRY_AUTH_FILE: authfile });
    expect(login).toMatchObject({ code: 0, output: expect.stringContaining("Login Succeeded!") });
    const storage = ["--root", join(folder, "podman"), "--runroot", join(folder, "podman-run")];
    const own = [...storage, "--storage-driver", "vfs"];
    const pulled = await run(podman, [...own, "pull", "-q", "oci:image"]);
    expect(pulled).toMatchObject({ code: 0, output: expect.stringMatching(/^[0-9a-f]{64}/) });
    const target = `${host}/ada/podman:1`;
    const id = pulled.output.slice(0, 64);
    const pushed = await run(podman, [
      ...own,
      ...["push", "--tls-verify=false", "--authfile", authfile, id, target],
    ]);
    expect(pushed).toMatchObject({ code: 0 });
  });
});

describe("docker", () => {
  requireProgram("docker");

  test("logs in by the line as it is copied, and what it keeps works", async () => {
    const secret = await createToken("Docker");
    const line = await copied("docker", "Log in with docker");
    const config = join(folder, "docker");
    mkdirSync(config, { recursive: true });

    const login = await run("bash", ["-euo", "pipefail", "-c", line], { DOCKER_CONFIG: config });
    expect(login).toMatchObject({ code: 0, output: expect.stringContaining("Login Succeeded") });
    expect(readFileSync(join(config, "config.json"), "utf8")).not.toContain(secret);
    expect(await push("ada/docker:1", join(config, "config.json"))).toMatchObject({ code: 0 });
  });
});
