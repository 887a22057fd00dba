import { readFile } from "node:fs/promises";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { api, logIn, type RunningServer, startServer } from "../server.ts";
import { drawPage, findBarriers, launchBrowser, openPage, signIn } from "./browser.ts";

let server: RunningServer;
let browser: Browser;
let revokedSecret: string;

beforeAll(async () => {
  server = await startServer();
  browser = await launchBrowser();
  const admin = await logIn(server);
  const make = (body: object) =>
    api<{ secret: string; credential: { id: string } }>(server, "POST", "/credentials", {
      bearer: admin,
      body,
    });
  const verify = (secret: string) =>
    fetch(`${server.url}/verify`, { headers: { authorization: `Bearer ${secret}` } });
  const soon = await make({
    kind: "personal_token",
    title: "Nightly report",
    scopes: ["*:*:*"],
    expiresAt: new Date(Date.now() + 6 * 86_400_000).toISOString(),
  });
  await make({ kind: "app_token", title: "Laptop" });
  const revoked = await make({ kind: "app_token", title: "Old laptop" });
  for (let use = 0; use < 3; use += 1) await verify(soon.secret);
  await api(server, "DELETE", `/credentials/${revoked.credential.id}`, { bearer: admin });
  await verify(revoked.secret);
  revokedSecret = revoked.secret;
});

afterAll(async () => {
  await browser.close();
  await server.stop();
  server.remove();
});

test("the dashboard answers how the hub is doing, by mouse, by keyboard and as a table", async () => {
  const watched = await openPage(browser, server.url, { viewport: { width: 1280, height: 800 } });
  const { page } = watched;
  await page.goto("/dashboard");
  await signIn(page);
  await page.getByRole("heading", { name: "Dashboard", level: 1 }).waitFor();
  const chart = page.getByRole("slider", { name: /^Verifications/ });
  await chart.waitFor();
  await page.getByText(/Events 1 to \d+ are as they were written/).waitFor();
  await drawPage(page, "dashboard");
  expect(await chart.getAttribute("aria-valuetext")).toMatch(/: 3 accepted, 1 refused$/);
  await chart.focus();
  await page.keyboard.press("ArrowLeft");
  expect(await chart.getAttribute("aria-valuetext")).toMatch(/: 0 accepted, 0 refused$/);
  await page.keyboard.press("End");
  expect(await chart.getAttribute("aria-valuetext")).toMatch(/: 3 accepted, 1 refused$/);
  await page.getByText("Show as a table").first().click();
  await page
    .getByRole("row", { name: /\d\d:00 3 1$/ })
    .first()
    .waitFor();
  await page.getByRole("row", { name: "Revoked 1" }).waitFor();
  await page.getByRole("row", { name: /Nightly report admin 3/ }).waitFor();
  expect(await findBarriers(page)).toEqual([]);
  expect(watched.complaints).toEqual([]);
  await watched.context.close();
});

test("the dashboard fits a phone", async () => {
  const { page, context } = await openPage(browser, server.url, { viewport: { width: 360, height: 740 } });
  await page.goto("/dashboard");
  await signIn(page);
  await page.getByRole("slider", { name: /^Sign-ins/ }).waitFor();
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
  await context.close();
});

test("a number of the dashboard leads to a list of as many, which the address keeps", async () => {
  const { page, context } = await openPage(browser, server.url, { viewport: { width: 1280, height: 800 } });
  await page.goto("/dashboard");
  await signIn(page);
  await page.getByRole("link", { name: /^1 Expires in 7 days/ }).click();
  await page.getByText("1 credential", { exact: true }).waitFor();
  await page.getByRole("link", { name: "Nightly report" }).waitFor();
  await page.reload();
  await page.getByText("1 credential", { exact: true }).waitFor();
  await page.goto("/overview");
  await page.getByRole("img", { name: "3 uses in 30 days" }).waitFor();
  await page.getByRole("link", { name: /^1 Never used/ }).click();
  await page.getByText("1 credential", { exact: true }).waitFor();
  await page.getByRole("link", { name: "Laptop" }).waitFor();
  await context.close();
});

test("a reason of the dashboard leads to what was refused for it", async () => {
  const { page, context } = await openPage(browser, server.url, { viewport: { width: 375, height: 740 } });
  await page.goto("/dashboard");
  await signIn(page);
  await page.getByRole("link", { name: "Revoked", exact: true }).click();
  await page.getByRole("heading", { level: 1, name: "Audit log" }).waitFor();
  expect(await page.getByRole("textbox", { name: "Search", exact: true }).inputValue()).toBe('"revoked"');
  expect(new URL(page.url()).searchParams.get("action")).toBe("credential.refuse");
  // The refusal of a verification is counted, and not written to the log.
  await page.getByText("0 events", { exact: true }).waitFor();
  await context.close();
});

test("credentials are narrowed to an instance, an address and the day of their creation", async () => {
  const { page, context } = await openPage(browser, server.url, { viewport: { width: 375, height: 740 } });
  await page.goto("/admin/credentials");
  await signIn(page);
  await page.getByRole("button", { name: "Filters", exact: true }).click();
  await page.getByRole("button", { name: "More filters" }).click();
  await page.getByRole("combobox", { name: "Used from address" }).fill("127.0.0.0/8");
  await page.getByRole("button", { name: "Filter by used from address" }).click();
  await page.getByText("1 credential", { exact: true }).waitFor();
  await page.getByRole("link", { name: "Nightly report" }).waitFor();
  await page.getByLabel("Created from").fill("2999-01-01");
  await page.getByRole("heading", { name: "No matching credentials" }).waitFor();
  await page.getByRole("button", { name: "Clear filters" }).click();
  await page.getByRole("link", { name: "Laptop" }).waitFor();
  await context.close();
});

test("one box finds a credential by its hint, and the list is saved as CSV", async () => {
  const { page, context } = await openPage(browser, server.url, { viewport: { width: 1280, height: 800 } });
  await page.goto("/admin/credentials");
  await signIn(page);
  const hint =
    (await page
      .getByRole("row", { name: /Laptop/ })
      .locator("code")
      .first()
      .textContent()) ?? "";
  await page.getByRole("textbox", { name: "Search", exact: true }).fill(hint.slice(-4));
  await page.keyboard.press("Enter");
  await page.getByText("1 credential", { exact: true }).waitFor();
  expect(new URL(page.url()).searchParams.get("search")).toBe(hint.slice(-4));
  const [file] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: "Download as CSV" }).click(),
  ]);
  const lines = (await readFile(await file.path(), "utf8")).trim().split("\r\n");
  expect(lines).toHaveLength(2);
  expect(lines[1]).toContain("Laptop");
  await context.close();
});

test("an administrator finds whose a secret is, and the browser keeps nothing of it", async () => {
  const watched = await openPage(browser, server.url, { viewport: { width: 375, height: 740 } });
  const { page, context } = watched;
  await page.goto("/admin/credentials");
  await signIn(page);
  await page.getByRole("button", { name: "Whose secret is this?" }).click();
  const dialog = page.getByRole("dialog", { name: "Whose secret is this?" });
  await dialog.getByLabel("Secret").fill(revokedSecret);
  await dialog.getByRole("button", { name: "Find" }).click();
  await dialog.getByText(/Revoked Old laptop of admin\./).waitFor();
  expect(await dialog.getByLabel("Secret").inputValue()).toBe("");
  expect(page.url()).not.toContain(revokedSecret);
  await dialog.getByLabel("Secret").fill("something else");
  await dialog.getByRole("button", { name: "Find" }).click();
  await dialog.getByText("This is not a secret of this hub.").waitFor();
  expect(await findBarriers(page)).toEqual([]);
  expect(watched.complaints).toEqual([]);
  await context.close();
});
