import type { Browser } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { ADMIN_PASSWORD, type RunningServer, startServer } from "../server.ts";
import { findBarriers, launchBrowser, openPage, readSecret, signIn, type Watched } from "./browser.ts";

let browser: Browser;
let watched: Watched;

beforeAll(async () => {
  browser = await launchBrowser();
});

afterAll(() => browser.close());

describe("signing in", () => {
  let server: RunningServer;

  beforeAll(async () => {
    server = await startServer();
  });
  afterAll(async () => {
    await server.stop();
    server.remove();
  });
  beforeEach(async () => {
    watched = await openPage(browser, server.url);
  });
  afterEach(async () => {
    expect(watched.complaints).toEqual([]);
    await watched.context.close();
  });

  test("with a wrong password says so and keeps the name", async () => {
    const { page } = watched;
    await page.goto("/");
    await page.getByLabel("User name").fill("admin");
    await page.getByLabel("Password").fill("not the password");
    await page.keyboard.press("Enter");

    await page.getByText("The user name or the password is wrong.").waitFor();
    expect(await page.getByLabel("User name").inputValue()).toBe("admin");
  });

  test("leads to the page that was asked for, and signing out ends the session", async () => {
    const { page, context } = watched;
    await page.goto("/registry/application-tokens");
    await signIn(page);
    await page.getByRole("heading", { level: 1, name: "Application tokens" }).waitFor();
    const [cookie] = await context.cookies();
    expect(cookie).toMatchObject({ httpOnly: true, sameSite: "Lax" });

    await page.getByRole("button", { name: "admin", exact: true }).click();
    await page.getByRole("menuitem", { name: "Sign out" }).click();

    await page.getByRole("heading", { name: "Sign in" }).waitFor();
    const reply = await fetch(`${server.url}/api/mintmark/v1/session`, {
      headers: { cookie: `${cookie?.name}=${cookie?.value}` },
    });
    expect(reply.status).toBe(401);
  });

  test("works by keyboard alone, from the first key to the first token", async () => {
    const { page } = watched;
    await page.goto("/automation-hub/connect");
    await page.getByLabel("User name").waitFor();
    await page.keyboard.type("admin");
    await page.keyboard.press("Tab");
    await page.keyboard.type(ADMIN_PASSWORD);
    await page.keyboard.press("Enter");
    await page.getByRole("button", { name: "Load token" }).waitFor();
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    const focused = () => page.evaluate(() => document.activeElement?.textContent);
    for (let tabs = 0; tabs < 5 && (await focused()) !== "Load token"; tabs += 1) {
      await page.keyboard.press("Tab");
    }
    await page.keyboard.press("Enter");

    expect(await readSecret(page, "Offline token")).toMatch(/^mmo_/);
  });

  test("again, after the session was lost, brings back the open page with what was typed", async () => {
    const { page, context } = watched;
    await page.goto("/registry/application-tokens");
    await signIn(page);
    await page.getByRole("button", { name: "Create application token" }).click();
    await page.getByLabel("Title").fill("Typed before the end");
    await context.clearCookies();

    await page.getByRole("button", { name: "Create", exact: true }).click();
    const dialog = page.getByRole("dialog", { name: "Your session has ended" });
    await dialog.waitFor();
    expect(await findBarriers(page)).toEqual([]);
    await dialog.getByLabel("Password").fill(ADMIN_PASSWORD);
    await dialog.getByRole("button", { name: "Sign in" }).click();

    await page.getByRole("dialog", { name: "Credentials for Typed before the end" }).waitFor();
    expect(await readSecret(page, "Application token")).toMatch(/^mma_/);
  });
});

describe("a log-in that is no longer fresh", () => {
  let server: RunningServer;

  beforeAll(async () => {
    server = await startServer({ env: { MINTMARK_FRESH_LOGIN: "1s" } });
    watched = await openPage(browser, server.url);
  });
  afterAll(async () => {
    await watched.context.close();
    await server.stop();
    server.remove();
  });

  test("is asked for where a secret is made, and giving up makes none", async () => {
    const { page } = watched;
    await page.goto("/collections/api-token");
    await signIn(page);
    await page.waitForTimeout(1200);
    await page.getByRole("button", { name: "Load token" }).click();
    const dialog = page.getByRole("dialog", { name: "Confirm that it is you" });
    await dialog.waitFor();
    await page.keyboard.press("Escape");
    await page.getByText("Log in again with your password, then repeat the request.").waitFor();

    await page.getByRole("button", { name: "Load token" }).click();
    await dialog.getByLabel("Password").fill(ADMIN_PASSWORD);
    await page.keyboard.press("Enter");

    expect(await readSecret(page, "API token")).toMatch(/^mmh_/);
  });
});
