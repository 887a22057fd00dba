import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { requireProgram } from "../programs.ts";
import { api, logIn, type RunningServer, startServer } from "../server.ts";
import {
  drawPage,
  findBarriers,
  launchBrowser,
  openPage,
  readSecret,
  signIn,
  type Watched,
} from "./browser.ts";
import { publishSample } from "./sample.ts";

const run = promisify(execFile);
const PASSWORD = "a long password for ada";

let server: RunningServer;
let browser: Browser;
let watched: Watched;
let page: Page;
let folder: string;

beforeAll(async () => {
  server = await startServer({
    env: { MINTMARK_APP_TOKEN_REVEAL: "always", MINTMARK_REGISTRY_HOSTS: "registry.example.com:5000" },
  });
  browser = await launchBrowser();
  const bearer = await logIn(server);
  await api(server, "POST", "/users", {
    bearer,
    body: { username: "ada", password: PASSWORD, role: "member" },
  });
  await api(server, "POST", "/instances", { bearer, body: { id: "sales", displayName: "Sales data" } });
  const grants = ["collection:acme.*:upload,download", "instance:sales:use"];
  await api(server, "PUT", "/users/ada/grants", { bearer, body: { grants } });
  await publishSample(server, "admin");
  folder = mkdtempSync(join(tmpdir(), "mintmark-console-"));
});

afterAll(async () => {
  await browser.close();
  await server.stop();
  server.remove();
  rmSync(folder, { recursive: true, force: true });
});

beforeEach(async () => {
  watched = await openPage(browser, server.url, {
    viewport: { width: 1280, height: 860 },
    permissions: ["clipboard-read", "clipboard-write"],
  });
  page = watched.page;
  await page.goto("/");
  await signIn(page, "ada", PASSWORD);
});

afterEach(async () => {
  expect(watched.complaints).toEqual([]);
  await watched.context.close();
});

const clipboard = () => page.evaluate(() => navigator.clipboard.readText());
const goTo = (name: string) =>
  page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name }).click();

async function copied(label: string): Promise<string> {
  await page.getByRole("button", { name: `Copy ${label}`, exact: true }).click();
  return clipboard();
}

/** What a shell does with a command that was copied. */
function shell(command: string) {
  return run("bash", ["-euo", "pipefail", "-c", command], {
    cwd: folder,
    env: { ...process.env, HOME: folder },
  });
}

async function installWith(config: string): Promise<string> {
  const path = join(folder, "ansible.cfg");
  writeFileSync(path, config, { mode: 0o600 });
  const { stdout } = await run(
    "ansible-galaxy",
    ["collection", "install", "acme.tools", "-p", mkdtempSync(join(folder, "c-")), "--no-cache"],
    { env: { ...process.env, ANSIBLE_CONFIG: path, HOME: folder } },
  );
  return stdout;
}

describe("Automation Hub › Connect to Hub › Load token", () => {
  requireProgram("ansible-galaxy");

  test("gives what ansible-galaxy installs with, and the keep-alive line works as it is copied", async () => {
    await goTo("Connect to Hub");
    await page.getByRole("button", { name: "Load token" }).click();
    await page.getByRole("button", { name: "Copy to clipboard" }).click();
    await page.getByText("Copied").first().waitFor();
    const secret = await clipboard();

    expect(secret).toMatch(/^mmo_\w{36}$/);
    expect(await page.locator("main").textContent()).not.toContain(secret);
    expect(await installWith(await copied("ansible.cfg"))).toContain("acme.tools:1.1.0 was installed");
    await shell(await copied("Keep it alive, for instance from cron once a week"));
  });

  test("and leaving the page forgets the token, which can then be revoked", async () => {
    await goTo("Connect to Hub");
    await page.getByRole("button", { name: "Load token" }).click();
    const secret = await readSecret(page, "Offline token");
    await goTo("Overview");
    await page.getByRole("heading", { level: 1, name: "Overview" }).waitFor();
    await page.goBack();
    await page.getByRole("button", { name: "Load token" }).waitFor();
    expect(await page.content()).not.toContain(secret);
    expect(
      await page.evaluate(() =>
        JSON.stringify([localStorage, sessionStorage, history.state, document.title]),
      ),
    ).not.toContain(secret);

    const row = page.getByRole("row", { name: `mmo_…${secret.slice(-4)}` });
    await row.getByRole("button", { name: /^Revoke/ }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Revoke" }).click();
    await page.getByRole("dialog").waitFor({ state: "detached" });
    await row.waitFor({ state: "detached" });

    const body = new URLSearchParams({
      grant_type: "refresh_token",
      client_id: "cloud-services",
      refresh_token: secret,
    });
    const reply = await fetch(`${server.url}/auth/realms/redhat-external/protocol/openid-connect/token`, {
      method: "POST",
      body,
    });
    expect(reply.status).toBe(400);
  });
});

describe("Collections › API token › Load token", () => {
  requireProgram("ansible-galaxy");

  test("gives what ansible-galaxy installs with; loading again warns, and ends it", async () => {
    await goTo("API token");
    await page.getByRole("button", { name: "Load token" }).click();
    await page.getByRole("textbox", { name: "API token, hidden" }).waitFor();
    const config = await copied("ansible.cfg");
    expect(await installWith(config)).toContain("acme.tools:1.1.0 was installed");

    await page.reload();
    await page.getByRole("button", { name: "Load token" }).click();
    const dialog = page.getByRole("dialog", { name: "Load token?" });
    expect(await dialog.textContent()).toMatch(
      /It was last used on .* from 127\.0\.0\.1 by .*ansible-galaxy/,
    );
    expect(await findBarriers(page)).toEqual([]);
    await dialog.getByRole("button", { name: "Load token" }).click();
    await dialog.waitFor({ state: "detached" });
    expect(await findBarriers(page)).toEqual([]);

    await expect(installWith(config)).rejects.toThrow(/was revoked, because a new one took its place/);
    expect(await installWith(await copied("ansible.cfg"))).toContain("was installed");
  });

  test("and Browse shows what is there, with the line that installs it", async () => {
    await goTo("Browse");
    await page.getByRole("link", { name: "acme.tools" }).click();
    await page.getByRole("heading", { level: 1, name: "acme.tools" }).waitFor();
    await page.getByRole("cell", { name: "1.0.0" }).waitFor();
    expect(await copied("Install 1.1.0, the highest version")).toBe(
      "ansible-galaxy collection install acme.tools",
    );
  });
});

describe("Registry › Application tokens", () => {
  /** What podman, docker and skopeo do with their credentials. */
  const logInToRegistry = (auth: string) =>
    fetch(`${server.url}/v2/auth?service=mintmark-registry&scope=repository:ada/app:pull,push`, {
      headers: { authorization: `Basic ${auth}` },
    });

  test("makes one with everything that a client needs, shows it again, and ends it", async () => {
    await goTo("Application tokens");
    await page.getByRole("button", { name: "Create application token" }).click();
    await page.getByLabel("Title").fill("Laptop");
    await page.keyboard.press("Enter");
    await page.getByRole("tab", { name: "podman" }).waitFor();
    await drawPage(page, "application-token-credentials");
    expect(await findBarriers(page)).toEqual([]);
    const secret = await readSecret(page, "Application token");
    expect(await copied("Log in with podman")).toContain(
      `printf %s '${secret}' | podman login --username '$app'`,
    );
    for (const tab of ["docker", "config.json", "Kubernetes"]) {
      await page.getByRole("tab", { name: tab }).click();
    }
    const download = page.waitForEvent("download");
    await page.getByRole("button", { name: "Download laptop-pull-secret.yaml" }).click();
    expect((await download).suggestedFilename()).toBe("laptop-pull-secret.yaml");
    await page.getByRole("tab", { name: "config.json" }).click();
    const { auths } = JSON.parse(await copied("config.json")) as { auths: Record<string, { auth: string }> };
    const [auth = ""] = Object.values(auths).map((one) => one.auth);
    expect((await logInToRegistry(auth)).status).toBe(200);
    await page.getByRole("button", { name: "Done" }).click();

    await page.getByRole("button", { name: "View Laptop" }).click();
    expect(await readSecret(page, "Application token")).toBe(secret);
    await page.getByRole("button", { name: "Done" }).click();

    await page.getByRole("button", { name: "Revoke Laptop" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Revoke" }).click();
    await page.getByText("None yet. Create one for the machine in front of you.").waitFor();
    expect((await logInToRegistry(auth)).status).toBe(401);
  });
});

describe("avatar › Profile and settings › API key", () => {
  const authorize = (apiKey: string) =>
    fetch(`${server.url}/icp4d-api/v1/authorize`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ username: "ada", api_key: apiKey }),
    });

  test("generates a key that the platform takes, and revokes it", async () => {
    await page.getByRole("button", { name: "ada" }).click();
    await page.getByRole("menuitem", { name: "Profile and settings" }).click();
    await page.getByRole("button", { name: "Generate new key" }).click();
    const key = await readSecret(page, "API key");
    expect((await authorize(key)).status).toBe(200);
    const { stdout } = await shell(await copied("Call an API with it"));
    expect(stdout).toContain("Sales data");

    await page.getByRole("button", { name: "Revoke current key" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Revoke current key" }).click();
    await page.getByText("You have no API key at present.").waitFor();
    expect((await authorize(key)).status).toBe(401);
  });
});

describe("Services › Instances › Instance API key", () => {
  const verify = (key: string) =>
    fetch(`${server.url}/verify?scope=instance:sales:use`, {
      headers: { authorization: `ZenApiKey ${btoa(`ada:${key}`)}` },
    });

  test("generates a key that opens the instance, and revokes it", async () => {
    await goTo("Instances");
    const menu = page.getByRole("button", { name: "Instance API key of Sales data" });
    await menu.click();
    await page.getByRole("menuitem", { name: "Generate new key" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Generate" }).click();
    await page.getByRole("textbox", { name: "Instance API key, hidden" }).waitFor();
    await drawPage(page, "instance-api-key");
    const key = await readSecret(page, "Instance API key");
    const { stdout } = await shell(await copied("See that it opens the instance"));
    expect(stdout).toMatch(/^HTTP\/1\.1 200 [\s\S]*remote-user: ada/i);
    expect(await findBarriers(page)).toEqual([]);
    await page.getByRole("button", { name: "Done" }).click();
    expect((await verify(key)).status).toBe(200);

    await menu.click();
    await page.getByRole("menuitem", { name: "Revoke current key" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Revoke" }).click();
    await page.getByRole("dialog").waitFor({ state: "detached" });
    expect((await verify(key)).status).toBe(401);
  });
});

describe("Personal tokens", () => {
  test("says in words what the token will do, and makes one that does no more", async () => {
    await goTo("Personal tokens");
    await page.getByRole("button", { name: "Create personal token" }).click();
    await page.getByRole("textbox", { name: "Title" }).fill("Nightly report");
    await page.getByRole("checkbox", { name: /instance sales/ }).check();
    await page.getByText(/This token will be able to use the service instance sales, until/).waitFor();
    await drawPage(page, "new-personal-token");
    expect(await findBarriers(page)).toEqual([]);
    await page.getByRole("dialog").getByRole("button", { name: "Create", exact: true }).click();
    const token = await readSecret(page, "Personal token");
    const verify = (scope: string) =>
      fetch(`${server.url}/verify?scope=${scope}`, { headers: { authorization: `Bearer ${token}` } });

    expect((await verify("instance:sales:use")).status).toBe(200);
    expect((await verify("collection:acme.tools:download")).status).toBe(403);
    await page.getByRole("row", { name: /Nightly report/ }).waitFor();
  });
});
