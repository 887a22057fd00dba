import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { type RunningServer, startServer } from "../server.ts";
import { launchBrowser, openPage, PLAIN_HTTP_HOST, readSecret, signIn, type Watched } from "./browser.ts";

let server: RunningServer;
let browser: Browser;
let watched: Watched;
let page: Page;

beforeAll(async () => {
  server = await startServer({ env: { MINTMARK_REGISTRY_HOSTS: "registry.example.com" } });
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

// What the field shows is dots; a person who selects them and presses Ctrl+C wants the secret.
test("copying by keyboard copies the secret, from its field and from a line that holds it", async () => {
  const other = await openPage(browser, server.url, { permissions: ["clipboard-read", "clipboard-write"] });
  await other.page.goto("/registry/application-tokens");
  await signIn(other.page);
  await makeToken(other.page, "Copied by keyboard");
  const clipboard = () => other.page.evaluate(() => navigator.clipboard.readText());
  await other.page.getByRole("textbox", { name: "Application token, hidden" }).click();
  await other.page.keyboard.press("Control+C");
  const secret = await clipboard();
  expect(secret).toMatch(/^mma_\w{36}$/);

  await other.page
    .getByRole("figure", { name: "Log in with podman" })
    .locator("code")
    .click({ clickCount: 3 });
  await other.page.keyboard.press("Control+C");
  expect(await clipboard()).toContain(`printf %s '${secret}' | podman login`);
  expect(other.complaints).toEqual([]);
  await other.context.close();
});

test("Escape asks before it forgets a secret that nobody has copied, and closes after a copy", async () => {
  await page.goto("/registry/application-tokens");
  await signIn(page);
  await makeToken(page, "Kept");
  const dialog = page.getByRole("dialog", { name: "Credentials for Kept" });
  await page.keyboard.press("Escape");
  await dialog.getByText("You have not copied the secret yet. Close anyway?").waitFor();
  await dialog.getByRole("button", { name: "Back to the secret" }).click();
  expect(await dialog.getByRole("textbox", { name: "Application token, hidden" }).count()).toBe(1);

  await dialog.getByRole("button", { name: "Copy to clipboard" }).click();
  await dialog.getByText(/Copied|The browser refused/).waitFor();
  expect(await readSecret(page, "Application token")).toMatch(/^mma_/);
  await page.keyboard.press("Escape");
  await dialog.waitFor({ state: "detached" });

  await makeToken(page, "Forgotten");
  await page.getByRole("dialog").getByRole("button", { name: "Close", exact: true }).click();
  await page.getByRole("button", { name: "Close without copying" }).click();
  await page.getByRole("dialog").waitFor({ state: "detached" });
});

test("a page with a secret that nobody has copied asks before it is left, by a link and by the way back", async () => {
  await page.goto("/overview");
  await signIn(page);
  const links = page.getByRole("navigation", { name: "Pages" });
  await links.getByRole("link", { name: "Connect to Hub" }).click();
  await page.getByRole("button", { name: "Load token" }).click();
  const secret = page.getByRole("textbox", { name: "Offline token, hidden" });
  await secret.waitFor();
  const question = page.getByRole("dialog", { name: "You have not copied the secret yet" });
  await links.getByRole("link", { name: "Overview" }).click();
  await question.getByRole("button", { name: "Back to the secret" }).click();
  await question.waitFor({ state: "detached" });
  expect(await secret.count()).toBe(1);

  await page.evaluate(() => history.back());
  await question.waitFor();
  expect(new URL(page.url()).pathname).toBe("/automation-hub/connect");
  // The question hides the page from screen readers, and it is still there.
  const kept = page.getByRole("textbox", { name: "Offline token, hidden", includeHidden: true });
  expect(await kept.count()).toBe(1);
  await question.getByRole("button", { name: "Leave without copying" }).click();
  await page.getByRole("heading", { level: 1, name: "Overview" }).waitFor();
  expect(new URL(page.url()).pathname).toBe("/overview");

  await links.getByRole("link", { name: "Connect to Hub" }).click();
  await page.getByRole("button", { name: "Load token" }).click();
  await readSecret(page, "Offline token");
  await links.getByRole("link", { name: "Overview" }).click();
  await page.getByRole("heading", { level: 1, name: "Overview" }).waitFor();
});

test("the browser asks before it reloads a page with a secret that nobody has copied", async () => {
  const asked: string[] = [];
  page.on("dialog", (question) => {
    asked.push(question.type());
    void question.accept();
  });
  await page.goto("/automation-hub/connect");
  await signIn(page);
  await page.getByRole("button", { name: "Load token" }).click();
  await page.getByRole("textbox", { name: "Offline token, hidden" }).waitFor();
  await page.reload();
  await page.getByRole("button", { name: "Load token" }).click();
  expect(asked).toEqual(["beforeunload"]);
  await readSecret(page, "Offline token");
  await page.reload();
  await page.getByRole("button", { name: "Load token" }).waitFor();
  expect(asked).toEqual(["beforeunload"]);
});

async function makeToken(on: Page, title: string): Promise<void> {
  await on.getByRole("button", { name: "Create application token" }).click();
  await on.getByLabel("Title").fill(title);
  await on.keyboard.press("Enter");
  await on.getByRole("dialog", { name: `Credentials for ${title}` }).waitFor();
}
