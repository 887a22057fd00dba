import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { api, logIn, type RunningServer, startServer } from "../server.ts";
import { launchBrowser, openPage, signIn, type Watched } from "./browser.ts";

const PASSWORD = "a long password for people";
const NEW_PASSWORD = "an even longer password";

let server: RunningServer;
let browser: Browser;
let watched: Watched;
let page: Page;

beforeAll(async () => {
  server = await startServer();
  browser = await launchBrowser();
});

afterAll(async () => {
  await browser.close();
  await server.stop();
  server.remove();
});

beforeEach(async () => {
  watched = await openPage(browser, server.url, { viewport: { width: 1280, height: 860 } });
  page = watched.page;
});

afterEach(async () => {
  expect(watched.complaints).toEqual([]);
  await watched.context.close();
});

async function addUser(username: string): Promise<string> {
  const body = { username, password: PASSWORD, role: "member" };
  await api(server, "POST", "/users", { bearer: await logIn(server), body });
  return logIn(server, username, PASSWORD);
}

async function openSecurity(username: string): Promise<void> {
  await page.goto("/");
  await signIn(page, username, PASSWORD);
  await page.getByRole("button", { name: username }).click();
  await page.getByRole("menuitem", { name: "Profile and settings" }).click();
  await page.getByRole("link", { name: "Password and sessions" }).click();
}

const isIn = async (bearer: string) =>
  (await fetch(`${server.url}/api/mintmark/v1/session`, { headers: { authorization: `Bearer ${bearer}` } }))
    .status === 200;

test("the first password is changed as the banner of the first start says, and the other sessions end", async () => {
  const elsewhere = await addUser("ada");
  const { secret } = await api<{ secret: string }>(server, "POST", "/credentials", {
    bearer: elsewhere,
    body: { kind: "hub_token" },
  });
  await openSecurity("ada");
  const fill = async (current: string, next: string, again: string) => {
    await page.getByLabel("Current password").fill(current);
    await page.getByRole("textbox", { name: "New password", exact: true }).fill(next);
    await page.getByLabel("New password once more").fill(again);
  };
  const submit = page.getByRole("button", { name: "Change password" });

  await fill("not the password", NEW_PASSWORD, `${NEW_PASSWORD}!`);
  await page.getByText("The passwords don't match.").waitFor();
  expect(await submit.isDisabled()).toBe(true);
  await page.getByLabel("New password once more").fill(NEW_PASSWORD);
  await submit.click();
  await page.getByText("The current password is wrong.").waitFor();
  await page.getByLabel("Current password").fill(PASSWORD);
  await submit.click();
  await page.getByText("Your password is changed").waitFor();

  expect(await page.getByLabel("Current password").inputValue()).toBe("");
  expect(await isIn(elsewhere)).toBe(false);
  await page.reload();
  await page.getByRole("heading", { name: "Where you are signed in" }).waitFor();
  expect(await logIn(server, "ada", NEW_PASSWORD)).toMatch(/^mms_/);
  const me = await fetch(`${server.url}/api/galaxy/_ui/v1/me/`, {
    headers: { authorization: `Token ${secret}` },
  });
  expect(me.status).toBe(200);
});

test("a person who fears for the old password ends the tokens with it", async () => {
  const bearer = await addUser("bob");
  await api(server, "POST", "/credentials", { bearer, body: { kind: "app_token", title: "Laptop" } });
  await openSecurity("bob");

  await page.getByLabel("Current password").fill(PASSWORD);
  await page.getByRole("textbox", { name: "New password", exact: true }).fill(NEW_PASSWORD);
  await page.getByLabel("New password once more").fill(NEW_PASSWORD);
  await page.getByLabel("Also revoke all my tokens and keys").check();
  await page.getByRole("button", { name: "Change password" }).click();

  await page.getByText("All your tokens and keys are revoked.").waitFor();
  await page.getByRole("link", { name: "Overview", exact: true }).click();
  await page.getByRole("heading", { name: "No tokens yet" }).waitFor();
});

test("a person ends a session that they do not know, then all others", async () => {
  const strangers = [await addUser("carl"), await logIn(server, "carl", PASSWORD)];
  await openSecurity("carl");
  const rows = page.getByRole("table", { name: "Sessions" }).getByRole("row");
  await expect.poll(() => rows.count()).toBe(4);
  await page.getByRole("row", { name: /This session/ }).waitFor();

  await page
    .getByRole("button", { name: /^Sign out the session of/ })
    .first()
    .click();
  await page.getByRole("dialog").getByRole("button", { name: "Sign out" }).click();
  await expect.poll(() => rows.count()).toBe(3);
  await page.getByRole("button", { name: "Sign out everywhere else" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Sign out everywhere else" }).click();
  await expect.poll(() => rows.count()).toBe(2);

  expect(await Promise.all(strangers.map(isIn))).toEqual([false, false]);
});
