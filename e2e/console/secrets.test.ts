import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { type RunningServer, startServer } from "../server.ts";
import { launchBrowser, openPage, PLAIN_HTTP_HOST, readSecret, signIn, type Watched } from "./browser.ts";

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

// A browser may keep a page that was left, with all its memory, and show it again on the way back.
test("the way back to a page that was left brings no secret along", async () => {
  await page.goto("/automation-hub/connect");
  await signIn(page);
  await page.getByRole("button", { name: "Load token" }).click();
  const secret = await readSecret(page, "Offline token");

  await page.goto("/api/mintmark/v1/openapi.json");
  await page.goBack();
  await page.getByRole("button", { name: "Load token" }).waitFor();
  expect(await page.content()).not.toContain(secret);
  expect(await page.getByRole("textbox", { name: /Offline token/ }).count()).toBe(0);

  // What the page does when it is kept: the event says so, whatever this browser then decides.
  await page.getByRole("button", { name: "Load token" }).click();
  await page.getByRole("textbox", { name: "Offline token, hidden" }).waitFor();
  await page.evaluate(() => dispatchEvent(new PageTransitionEvent("pagehide", { persisted: true })));
  await page.getByRole("button", { name: "Load token" }).waitFor();
  expect(await page.getByRole("textbox", { name: /Offline token/ }).count()).toBe(0);
});

test("one Enter too many does not lose the secret that was just made", async () => {
  await page.goto("/registry/application-tokens");
  await signIn(page);
  await page.getByRole("button", { name: "Create application token" }).click();
  await page.getByLabel("Title").fill("Laptop");
  await page.keyboard.press("Enter");
  const dialog = page.getByRole("dialog", { name: "Credentials for Laptop" });
  await dialog.waitFor();
  await expect
    .poll(() => page.evaluate(() => document.activeElement?.textContent?.trim()))
    .toBe("Copy to clipboard");
  await page.keyboard.press("Enter");

  await dialog.getByText(/Copied|The browser refused/).waitFor();
  expect(await readSecret(page, "Application token")).toMatch(/^mma_/);
});

// Without HTTPS and away from localhost browsers keep the clipboard's newer interface back.
test("copying works over plain HTTP too, and says so", async () => {
  const plain = server.url.replace("127.0.0.1", PLAIN_HTTP_HOST);
  const other = await openPage(browser, plain, { viewport: { width: 1280, height: 860 } });
  await other.page.goto(`${plain}/collections/api-token`);
  expect(await other.page.evaluate(() => [isSecureContext, "clipboard" in navigator])).toEqual([
    false,
    false,
  ]);
  await signIn(other.page);
  await other.page.getByRole("button", { name: "Load token" }).click();
  await other.page.getByRole("button", { name: "Copy to clipboard" }).click();
  await other.page.getByText("Copied").waitFor();
  const secret = await readSecret(other.page, "API token");

  await other.page.evaluate(() => {
    const box = document.createElement("textarea");
    box.id = "paste-here";
    document.body.append(box);
    box.focus();
  });
  await other.page.keyboard.press("Control+V");
  expect(await other.page.locator("#paste-here").inputValue()).toBe(secret);
  expect(other.complaints).toEqual([]);
  await other.context.close();
});
