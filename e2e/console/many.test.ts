import { join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openSqliteStore } from "../../packages/server/src/storage/sqlite/open.ts";
import { systemClock } from "../../packages/server/src/system/clock.ts";
import { addManyCredentials } from "../../packages/server/src/testing/many-credentials.ts";
import { api, logIn, type RunningServer, startServer } from "../server.ts";
import { launchBrowser, openPage, signIn } from "./browser.ts";

const MANY = 10_000;

let server: RunningServer;
let browser: Browser;

beforeAll(async () => {
  const first = await startServer();
  await first.stop();
  const store = await openSqliteStore(join(first.dataDir, "mintmark.sqlite"), systemClock);
  const admin = await store.read.accounts.findByUsername("admin");
  if (!admin) throw new Error("the first start made no administrator");
  await addManyCredentials(store, admin, MANY, systemClock);
  await store.close();
  server = await startServer({ dataDir: first.dataDir });
  browser = await launchBrowser();
}, 120_000);

afterAll(async () => {
  await browser.close();
  await server.stop();
  server.remove();
});

test(`the overview of somebody with ${MANY} credentials shows its first page, pages on and back, and ends one`, async () => {
  const { page, context, complaints } = await openPage(browser, server.url, {
    viewport: { width: 1280, height: 860 },
  });
  const asked: string[] = [];
  page.on("request", (request) => asked.push(request.url()));
  await page.goto("/");
  await signIn(page);
  const titles = () => page.getByRole("table").getByRole("link").allTextContents();
  await expect.poll(async () => (await titles())[0]).toBe(`Token ${MANY - 1}`);
  expect(await titles()).toHaveLength(50);
  expect(await page.getByRole("button", { name: "Previous" }).isDisabled()).toBe(true);

  await page.getByRole("button", { name: "Next" }).click();
  await expect.poll(async () => (await titles())[0]).toBe(`Token ${MANY - 51}`);
  await page.getByRole("button", { name: "Next" }).click();
  await expect.poll(async () => (await titles())[0]).toBe(`Token ${MANY - 101}`);
  await page.getByRole("button", { name: "Previous" }).click();
  await expect.poll(async () => (await titles())[0]).toBe(`Token ${MANY - 51}`);

  await page.getByLabel("Order").selectOption("title");
  await expect.poll(async () => (await titles()).slice(0, 3)).toEqual(["Token 0", "Token 1", "Token 10"]);
  await page.getByText("Page 1").waitFor();
  await page.getByRole("button", { name: "Revoke Token 10", exact: true }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Revoke" }).click();
  await expect.poll(async () => (await titles()).slice(0, 3)).toEqual(["Token 0", "Token 1", "Token 100"]);

  // No call brings more than a page, however many there are.
  const lists = asked.filter((url) => url.includes("/credentials?")).map((url) => new URL(url).searchParams);
  expect(Math.max(...lists.map((query) => Number(query.get("limit"))))).toBeLessThanOrEqual(50);
  expect(complaints).toEqual([]);
  await context.close();
});

test(`an administrator revokes ${MANY} at once`, async () => {
  const { page, context } = await openPage(browser, server.url, { viewport: { width: 1280, height: 860 } });
  await page.goto("/admin/users/admin");
  await signIn(page);
  await page.getByRole("button", { name: "Revoke all" }).click();
  // The test before may have revoked one of them.
  const dialog = page.getByRole("dialog", { name: /^Revoke (?:9999|10000) credentials\?$/ });
  await dialog.getByRole("button", { name: /^Revoke \d+$/ }).click();
  await page.getByText(/^(?:9999|10000) revoked\.$/).waitFor({ timeout: 60_000 });
  await page.getByRole("heading", { name: "No active credentials" }).waitFor();

  const { credentials } = await api<{ credentials: unknown[] }>(server, "GET", "/credentials?state=active", {
    bearer: await logIn(server),
  });
  expect(credentials).toEqual([]);
  await context.close();
});
