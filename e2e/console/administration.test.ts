import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { alterDatabase } from "../../packages/server/src/testing/stores.ts";
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

const PASSWORD = "a long password for people";
const DAY_MS = 86_400_000;
const MAIN = fileURLToPath(new URL("../../packages/server/dist/main.js", import.meta.url));

let server: RunningServer;
let browser: Browser;
let watched: Watched;
let page: Page;

beforeAll(async () => {
  server = await startServer();
  browser = await launchBrowser();
  const bearer = await logIn(server);
  const addUser = (username: string, role: string) =>
    api(server, "POST", "/users", { bearer, body: { username, password: PASSWORD, role } });
  await addUser("watch", "auditor");
  await addUser("bob", "member");
  await addUser("carl", "member");
  const bob = await logIn(server, "bob", PASSWORD);
  for (const title of ["Laptop", "Phone", "Server"]) {
    await api(server, "POST", "/credentials", { bearer: bob, body: { kind: "app_token", title } });
  }
});

afterAll(async () => {
  await browser.close();
  await server.stop();
  server.remove();
});

beforeEach(async () => {
  watched = await openPage(browser, server.url, { viewport: { width: 1280, height: 860 } });
  page = watched.page;
  await page.goto("/");
});

afterEach(async () => {
  expect(watched.complaints).toEqual([]);
  await watched.context.close();
});

const dialogButton = (name: string) => page.getByRole("dialog").getByRole("button", { name });
const dialogGone = () => page.getByRole("dialog").waitFor({ state: "detached" });

/** The lines of the file that the page saves. */
async function saved(): Promise<readonly string[]> {
  const [file] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: "Download as CSV" }).click(),
  ]);
  return (await readFile(await file.path(), "utf8")).trim().split("\r\n");
}

describe("an administrator", () => {
  beforeEach(() => signIn(page));

  test("makes an account, grants it something, disables it, and finds all of it in the log", async () => {
    await page.goto("/admin/users");
    await page.getByRole("button", { name: "Create user" }).click();
    await page.getByRole("textbox", { name: "User name" }).fill("ada");
    await page.getByLabel("Password").fill(PASSWORD);
    await dialogButton("Create").click();
    await page.getByRole("heading", { level: 1, name: "ada" }).waitFor();

    await page.getByRole("button", { name: "Edit Grants" }).click();
    const box = page.getByRole("textbox", { name: "Grants, one scope a line" });
    await box.fill("nonsense");
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByText("The scope nonsense cannot be read").waitFor();
    await box.fill("repository:team/*:pull");
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByText("pull repositories team/*").waitFor();

    await page.getByRole("button", { name: "Disable" }).click();
    await dialogButton("Disable").click();
    await page.getByText("Disabled. Nobody can sign in").waitFor();

    await page.goto("/admin/audit");
    await page.getByRole("cell", { name: "account.disable" }).waitFor();
    await page.getByRole("combobox", { name: /^Action/ }).fill("account.create");
    await page.getByRole("button", { name: "Filter by action" }).click();
    await page.getByRole("cell", { name: "account.disable" }).waitFor({ state: "detached" });
  });

  test("revokes one credential of a person, then all", async () => {
    await page.goto("/admin/users/bob");
    await page.getByRole("button", { name: "Revoke Phone" }).click();
    await dialogButton("Revoke").click();
    await dialogGone();
    await page.getByRole("row", { name: /Phone/ }).waitFor({ state: "detached" });
    expect(await page.getByRole("button", { name: /^Revoke (Laptop|Server)$/ }).count()).toBe(2);

    await page.getByRole("button", { name: "Revoke all" }).click();
    await page.getByRole("dialog", { name: "Revoke 2 credentials?" }).waitFor();
    expect(await findBarriers(page)).toEqual([]);
    await page.getByLabel("Reason").fill("Left the team");
    await dialogButton("Revoke 2").click();
    await page.getByText("2 revoked.").waitFor();
    await page.getByRole("heading", { name: "No active credentials" }).waitFor();
    await page.goto("/admin/audit");
    await page
      .getByRole("row", { name: /Left the team/ })
      .first()
      .getByRole("link")
      .click();
    await page.getByRole("link", { name: "Its events in the audit log" }).click();
    const events = () => page.getByRole("table", { name: "Events" }).locator("tbody code").allTextContents();
    await expect.poll(events).toEqual(["credential.revoke", "credential.issue"]);
    await page.getByRole("button", { name: "Show all" }).click();
    await expect.poll(async () => (await events()).length).toBeGreaterThan(2);
  });

  test("registers an instance and an application, and rotates a key", async () => {
    await page.goto("/admin/instances");
    await page.getByRole("button", { name: "Register instance" }).click();
    await page.getByLabel("ID").fill("sales");
    await page.getByRole("textbox", { name: "Name" }).fill("Sales data");
    await dialogButton("Register").click();
    await page.getByRole("cell", { name: "instance:sales:use" }).waitFor();

    await page.goto("/admin/clients");
    await page.getByRole("button", { name: "Register application" }).click();
    await page.getByRole("textbox", { name: "Name" }).fill("Gateway");
    await dialogButton("Register").click();
    await dialogGone();
    expect((await readSecret(page, "Client secret")).length).toBeGreaterThan(20);

    await page.goto("/admin/keys");
    await page.getByRole("button", { name: "Rotate the key for Realm" }).click();
    await dialogButton("Rotate").click();
    await page.getByRole("cell", { name: "retired" }).waitFor();
  });

  test("checks that nobody changed the log, and sees it when somebody did", async () => {
    await page.goto("/admin/audit");
    await page.getByRole("button", { name: "Check the log" }).click();
    await page.getByText(/All \d+ events are as they were written/).waitFor();
    expect(await findBarriers(page)).toEqual([]);
    await drawPage(page, "admin-audit-checked");

    alterDatabase(
      join(server.dataDir, "mintmark.sqlite"),
      "update audit_events set actor = 'x' where seq = 2",
    );
    await page.getByRole("button", { name: "Check the log" }).click();
    await page.getByText("The log was changed: event 2 is missing").waitFor();
    expect(await findBarriers(page)).toEqual([]);
  });

  test("finds users and events by text, person and day, keeps that in the address, and saves it", async () => {
    await page.goto("/admin/users");
    await page.getByText(/^\d+ users$/).waitFor();
    await page.getByRole("textbox", { name: "Search", exact: true }).fill("CAR");
    await page.keyboard.press("Enter");
    await page.getByText("1 user", { exact: true }).waitFor();
    expect(await page.getByRole("table").getByRole("link").allTextContents()).toEqual(["carl"]);
    expect(await saved()).toHaveLength(2);
    await page.reload();
    await page.getByText("1 user", { exact: true }).waitFor();
    await page.getByLabel("Role").selectOption("auditor");
    await page.getByRole("heading", { name: "No matching users" }).waitFor();
    await page.getByRole("button", { name: "Clear filters" }).click();
    await page.getByText(/^\d+ users$/).waitFor();
    await page.getByLabel("Created from").fill("2999-01-01");
    await page.getByRole("heading", { name: "No matching users" }).waitFor();

    await page.goto("/admin/audit");
    const owner = page.getByRole("combobox", { name: "Owner" });
    await owner.fill("car");
    await page.locator('#owner-words option[value="carl"]').waitFor({ state: "attached" });
    await owner.fill("carl");
    await page.getByRole("button", { name: "Filter by owner" }).click();
    const { count } = await api<{ count: number }>(server, "GET", "/audit/count?owner=carl", {
      bearer: await logIn(server),
    });
    await page.getByText(new RegExp(`^${count} events?$`)).waitFor();
    expect(await saved()).toHaveLength(count + 1);
    await page.getByLabel("To", { exact: true }).fill("2020-01-01");
    await page.getByRole("heading", { name: "No events" }).waitFor();
    expect(new URL(page.url()).search).toBe("?owner=carl&to=2020-01-01");
    await page.getByRole("button", { name: "Clear filters" }).click();
    await page.getByRole("table", { name: "Events" }).waitFor();
    await page.getByRole("textbox", { name: "Search", exact: true }).fill("laptop");
    await page.keyboard.press("Enter");
    await page.waitForURL(/search=laptop/);
    await page
      .getByRole("cell", { name: /Laptop/ })
      .first()
      .waitFor();
    expect(await findBarriers(page)).toEqual([]);
  });

  test("sees the log grow while following it", async () => {
    await page.goto("/admin/audit");
    await page.getByRole("table", { name: "Events" }).waitFor();
    await page.getByText("Follow", { exact: true }).click();
    const bearer = await logIn(server);
    await api(server, "POST", "/credentials", {
      bearer,
      body: { kind: "app_token", title: "While following" },
    });
    await page.getByRole("cell", { name: /While following/ }).waitFor();
  });
});

test("the API reference has contents, a link to each operation, and examples", async () => {
  await signIn(page);
  await page.goto("/developer#createCredential");
  await page.getByRole("figure", { name: "Example body" }).getByText("nightly build").waitFor();
  await page.getByRole("figure", { name: "Example answer" }).waitFor();
  await page.getByRole("navigation", { name: "Contents" }).getByRole("link", { name: "Audit" }).click();
  const place = () => page.getByRole("heading", { level: 2, name: "Audit" }).boundingBox();
  await expect.poll(async () => (await place())?.y).toBeLessThan(300);
  expect(new URL(page.url()).hash).toBe("#audit");
});

// Without the ends log the hub cannot know what was revoked after the backup, so an administrator decides.
test("an administrator decides what becomes of the credentials of a restored hub", async () => {
  const folder = mkdtempSync(join(tmpdir(), "mintmark-console-restored-"));
  const env = { MINTMARK_MASTER_KEY_FILE: join(server.dataDir, "master.key") };
  const command = (directory: string, ...argv: readonly string[]) =>
    promisify(execFile)(process.execPath, [MAIN, ...argv], {
      env: { ...process.env, ...env, MINTMARK_DATA_DIR: directory },
    });
  const backup = join(folder, "backup.tar");
  await command(server.dataDir, "backup", "--to", backup);
  const dataDir = join(folder, "data");
  await command(dataDir, "restore", "--from", backup);
  const restored = await startServer({ dataDir, env });
  const other = await openPage(browser, restored.url, { viewport: { width: 375, height: 740 } });
  await other.page.goto("/overview");
  await signIn(other.page);
  await other.page.getByRole("link", { name: "Decide what becomes of them" }).click();
  await other.page.getByRole("button", { name: "Freeze all" }).click();
  await other.page.getByRole("dialog").getByRole("button", { name: "Freeze all" }).click();
  await other.page.getByText("It was decided: everything was frozen.").waitFor();
  await other.page.getByRole("link", { name: "Decide what becomes of them" }).waitFor({ state: "detached" });
  expect(await findBarriers(other.page)).toEqual([]);
  expect(other.complaints).toEqual([]);
  await other.context.close();
  await restored.stop();
  rmSync(folder, { recursive: true });
});

test("an auditor sees what an administrator sees, and is offered no change", async () => {
  await signIn(page, "watch", PASSWORD);
  for (const [path, shows] of [
    ["/admin/users", "bob"],
    ["/admin/users/bob", "Grants"],
    ["/admin/credentials", "Credentials"],
    ["/admin/keys", "realm"],
  ] as const) {
    await page.goto(path);
    await page
      .getByText(shows, { exact: path === "/admin/users/bob" })
      .first()
      .waitFor();
    const offers = page
      .getByRole("main")
      .getByRole("button", { name: /\b(?:Create|Edit|Revoke|Disable|Delete|Rotate)\b/ });
    expect(await offers.count()).toBe(0);
  }
});

describe("a member", () => {
  test("has no administration, not even by its address", async () => {
    await signIn(page, "bob", PASSWORD);
    expect(await page.getByRole("link", { name: "Users" }).count()).toBe(0);
    await page.goto("/admin/users");
    await page.getByText("There is no such page").waitFor();
  });

  test("is told on the overview what expires soon, filters, sorts, and sees what a credential can do", async () => {
    const bearer = await logIn(server, "carl", PASSWORD);
    await api(server, "POST", "/credentials", { bearer, body: { kind: "offline_token" } });
    for (const title of ["Beta", "Alpha"]) {
      await api(server, "POST", "/credentials", { bearer, body: { kind: "app_token", title } });
    }
    await page.clock.install({ time: Date.now() + 28 * DAY_MS });
    await signIn(page, "carl", PASSWORD);
    await page.getByRole("heading", { name: "One of your tokens expires soon" }).waitFor();
    await page.getByText("Use it, or keep it alive by its menu.").waitFor();
    await drawPage(page, "overview-expires-soon");
    expect(await findBarriers(page)).toEqual([]);

    await page.getByLabel("Kind").selectOption("app_token");
    const titles = () => page.getByRole("table").getByRole("link").allTextContents();
    await page.getByRole("button", { name: "Title" }).click();
    await expect.poll(titles).toEqual(["Alpha", "Beta"]);
    await page.getByRole("button", { name: "Title" }).click();
    await expect.poll(titles).toEqual(["Beta", "Alpha"]);
    await page.getByLabel("Order").selectOption("-created");
    await expect.poll(titles).toEqual(["Alpha", "Beta"]);
    await page.getByLabel("Order").selectOption("created");
    await expect.poll(titles).toEqual(["Beta", "Alpha"]);
    // The notice about tokens that expire soon does not depend on the filter of the list.
    await page.getByRole("heading", { name: "One of your tokens expires soon" }).waitFor();

    await page.getByRole("link", { name: "Beta" }).click();
    await page.getByText("As far as the owner holds it: repository:carl/*:*").waitFor();
    await page.getByText("Not used in this time.").waitFor();
  });

  test("is told when the hub is out of reach, and goes on when it is back", async () => {
    await signIn(page, "bob", PASSWORD);
    await page.getByRole("link", { name: "API reference" }).click();
    await page.getByText("GET").first().waitFor();
    await page.getByRole("button", { name: /v1\/audit\b(?!\/)/ }).click();
    await page.getByText("Answer 200").waitFor();
    await page.route("**/api/mintmark/**", (route) => route.abort("connectionrefused"));
    await page.getByRole("link", { name: "Personal tokens" }).click();
    await page.getByRole("heading", { name: "The hub cannot be reached" }).waitFor();
    await page.unroute("**/api/mintmark/**");
    await page.getByRole("button", { name: "Try again" }).click();
    await page.getByText("None yet.").waitFor();
  });

  test("is told that what is shown may be old, while the hub is out of reach", async () => {
    await page.clock.install();
    await page.reload();
    await signIn(page, "bob", PASSWORD);
    await page.getByRole("heading", { name: "No tokens yet" }).or(page.getByRole("table")).waitFor();
    await page.route("**/api/mintmark/**", (route) => route.abort("connectionrefused"));
    await page.clock.fastForward(60_000);
    // Coming back to a tab asks again.
    await page.evaluate(() => document.dispatchEvent(new Event("visibilitychange", { bubbles: true })));
    await page.clock.runFor(10_000);
    await page.getByText("What you see may be old. The hub cannot be reached.").first().waitFor();
    await page.unroute("**/api/mintmark/**");
    await page.getByRole("button", { name: "Try again" }).first().click();
    await page.getByText("What you see may be old.").waitFor({ state: "detached" });
  });
});
