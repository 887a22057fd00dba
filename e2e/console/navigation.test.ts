import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type RunningServer, startServer } from "../server.ts";
import { launchBrowser, openPage, signIn, type Watched } from "./browser.ts";

let server: RunningServer;
let browser: Browser;

beforeAll(async () => {
  server = await startServer();
  browser = await launchBrowser();
});

afterAll(async () => {
  await browser.close();
  await server.stop();
  server.remove();
});

async function open(width: number, height = 800): Promise<Watched> {
  const watched = await openPage(browser, server.url, { viewport: { width, height } });
  await watched.page.goto("/overview");
  await signIn(watched.page);
  return watched;
}

describe.each([375, 1024, 1199])("at %d pixels", (width) => {
  test("the navigation opens over the page, leads to another one, and closes", async () => {
    const { page, context, complaints } = await open(width);
    const menu = page.getByRole("button", { name: "Navigation" });
    const link = page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: "Audit log" });
    expect(await link.count()).toBe(0);

    await menu.click();
    // Playwright scrolls to the link and presses where it is: a link off screen cannot be pressed.
    await link.click({ timeout: 5_000 });

    await page.getByRole("heading", { level: 1, name: "Audit log" }).waitFor();
    await expect.poll(() => link.count()).toBe(0);
    expect(await menu.getAttribute("aria-expanded")).toBe("false");
    expect(complaints).toEqual([]);
    await context.close();
  });

  test("Escape and a press outside of it close the navigation", async () => {
    const { page, context } = await open(width);
    const menu = page.getByRole("button", { name: "Navigation" });
    const expanded = () => menu.getAttribute("aria-expanded");
    await menu.click();
    await page.keyboard.press("Tab");
    await page.keyboard.press("Escape");
    await expect.poll(expanded).toBe("false");

    await menu.click();
    await page.mouse.click(width - 20, 700);
    await expect.poll(expanded).toBe("false");
    await context.close();
  });
});

test("on a wide screen the whole administration is in view, and the entry of the page is marked", async () => {
  const { page, context } = await open(1280);
  const pages = page.getByRole("navigation", { name: "Pages" });
  await pages.getByRole("link", { name: "Settings" }).click();
  await page.getByRole("heading", { level: 1, name: "Settings" }).waitFor();

  const current = pages.locator("[aria-current=page]");
  expect(await current.allTextContents()).toEqual(["Settings"]);
  const box = await current.boundingBox();
  expect(box && box.y + box.height).toBeLessThan(800);
  await context.close();
});

test("a folded group stays folded after a reload, and opens for the page that is in it", async () => {
  const { page, context } = await open(1280);
  const pages = page.getByRole("navigation", { name: "Pages" });
  const group = pages.getByRole("button", { name: "Administration" });
  await group.click();
  await expect.poll(() => pages.getByRole("link", { name: "Users" }).count()).toBe(0);
  await page.reload();
  await group.waitFor();
  expect(await group.getAttribute("aria-expanded")).toBe("false");

  await page.goto("/admin/users");
  await page.getByRole("heading", { level: 1, name: "Users" }).waitFor();
  await expect.poll(() => group.getAttribute("aria-expanded")).toBe("true");
  await context.close();
});

test("the page of one user says where it belongs, and leads back", async () => {
  const { page, context } = await open(1280);
  await page.goto("/admin/users/admin");
  await page.getByRole("navigation", { name: "Breadcrumb" }).getByRole("link", { name: "Users" }).click();

  await page.getByRole("heading", { level: 1, name: "Users" }).waitFor();
  await context.close();
});
