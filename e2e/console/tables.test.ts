import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ADMIN_PASSWORD, api, logIn, type RunningServer, startServer } from "../server.ts";
import { launchBrowser, openPage, signIn, type Watched } from "./browser.ts";

const LONG_NAME = "Wilhelmina Oberösterreichische-Donaudampfschifffahrtsgesellschaft";
const LONG_TITLE =
  "The build server in the second basement that publishes the nightly collections of every team";

const TABLES = [
  "/overview",
  "/expires",
  "/registry/application-tokens",
  "/profile/security",
  "/services/instances",
  "/services/accounts",
  "/admin/users",
  "/admin/users/member-with-a-rather-long-name",
  "/admin/teams",
  "/admin/instances",
  "/admin/credentials",
  "/admin/clients",
  "/admin/audit",
  "/admin/keys",
  "/admin/settings",
] as const;

const LONG_SERVICE = "a-service-for-the-nightly-build-of-everything-0123456789";

let server: RunningServer;
let browser: Browser;

beforeAll(async () => {
  server = await startServer();
  browser = await launchBrowser();
  const bearer = await logIn(server);
  const post = (path: string, body: unknown) => api(server, "POST", path, { bearer, body });
  await post("/users", {
    username: "member-with-a-rather-long-name",
    password: ADMIN_PASSWORD,
    role: "member",
    displayName: LONG_NAME,
    email: "wilhelmina.oberoesterreichische-donaudampfschifffahrtsgesellschaft@example.com",
  });
  await post("/users", { username: "audrey", password: ADMIN_PASSWORD, role: "auditor" });
  await post("/instances", { id: "hr-us-east", displayName: "Human resources of the United States, east" });
  await post("/teams", {
    name: "build",
    grants: ["repository:build/*:pull,push", "collection:acme.*:upload"],
  });
  await post("/services", { name: "nightly", description: LONG_TITLE, stewards: ["admin"] });
  await post("/services", { name: LONG_SERVICE, description: LONG_TITLE, stewards: ["admin"] });
  await post("/oauth/clients", {
    name: "Dashboard of the platform team",
    type: "confidential",
    redirectUris: ["https://dashboard.platform.example.com/oauth/callback/after/sign-in"],
  });
  for (const title of [LONG_TITLE, "Laptop"]) await post("/credentials", { kind: "app_token", title });
  await post("/credentials", { kind: "hub_token" });
  await post("/credentials", { kind: "offline_token" });
  await post("/credentials", { kind: "instance_key", instance: "hr-us-east" });
}, 60_000);

afterAll(async () => {
  await browser.close();
  await server.stop();
  server.remove();
});

async function open(width: number): Promise<Watched> {
  const watched = await openPage(browser, server.url, { viewport: { width, height: 800 } });
  await watched.page.goto("/overview");
  await signIn(watched.page);
  return watched;
}

async function show(page: Page, path: string): Promise<void> {
  await page.goto(path);
  await page.getByRole("table").first().waitFor();
  await page.waitForFunction(() => !document.querySelector("[role=progressbar]"));
}

/** The words in table cells that stand in more than one line. A hyphen and a slash are places to break. */
function brokenWords(page: Page): Promise<readonly string[]> {
  return page.evaluate(() => {
    const broken: string[] = [];
    for (const cell of document.querySelectorAll("main td, main th")) {
      const walker = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT);
      for (let node = walker.nextNode(); node; node = walker.nextNode()) {
        for (const { 0: word, index } of (node.textContent ?? "").matchAll(/[^\s/–—-]+/g)) {
          const range = document.createRange();
          range.setStart(node, index);
          range.setEnd(node, index + word.length);
          const tops = new Set([...range.getClientRects()].map(({ top }) => Math.round(top)));
          if (tops.size > 1) broken.push(word);
        }
      }
    }
    return broken;
  });
}

/** Gives each hint of a secret the widest characters, which it has by chance otherwise. */
function widenHints(page: Page): Promise<void> {
  return page.evaluate(() => {
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const [, mark] = /^(mm[a-z]_…)[0-9A-Za-z]{4}$/.exec(node.textContent ?? "") ?? [];
      if (mark !== undefined) node.textContent = `${mark}WWWW`;
    }
  });
}

/** True if the page, or a table in it, has to be scrolled sideways to be read. */
function isTooWide(page: Page): Promise<boolean> {
  return page.evaluate(() =>
    [document.documentElement, ...document.querySelectorAll("main .mm-scroll")].some(
      ({ scrollWidth, clientWidth }) => scrollWidth > clientWidth + 1,
    ),
  );
}

describe.each([1280, 1024, 375])("at %d pixels", (width) => {
  let watched: Watched;

  beforeAll(async () => {
    watched = await open(width);
  });

  afterAll(() => watched.context.close());

  test.each(TABLES)("the table of %s breaks no word and needs no scrolling sideways", async (path) => {
    await show(watched.page, path);
    await widenHints(watched.page);

    expect(await brokenWords(watched.page)).toEqual([]);
    expect(await isTooWide(watched.page)).toBe(false);
  });

  test("the way to a page with a long name breaks into lines and stays on the page", async () => {
    await show(watched.page, `/services/accounts/${LONG_SERVICE}`);
    const trail = watched.page.getByRole("navigation", { name: "Breadcrumb" }).getByText(LONG_SERVICE);
    const end = await trail.evaluate((element) => {
      const range = document.createRange();
      range.selectNodeContents(element);
      return range.getBoundingClientRect().right;
    });
    expect(end).toBeLessThanOrEqual(width);
  });
});

test("a line of the audit log is one line high, and unfolds to the whole event", async () => {
  const { page, context } = await open(1280);
  await show(page, "/admin/audit");
  const rows = page.getByRole("table", { name: "Events" }).locator("tbody tr");
  const heights = await rows.evaluateAll((all) => all.map((row) => row.getBoundingClientRect().height));
  expect(Math.max(...heights)).toBeLessThan(60);

  await rows.first().getByRole("button", { name: "Details" }).click();
  await page.getByText("Mozilla/5.0").or(page.getByText("node")).first().waitFor();
  await context.close();
});

test("what was created a moment ago was not created in the future", async () => {
  const { page, context } = await open(1280);
  await show(page, "/registry/application-tokens");
  await api(server, "POST", "/credentials", {
    bearer: await logIn(server),
    body: { kind: "app_token", title: "Just now" },
  });
  await page.reload();
  const row = page.getByRole("row", { name: /Just now/ });
  await row.waitFor();

  expect(await row.textContent()).not.toContain("in less than a minute");
  await context.close();
});
