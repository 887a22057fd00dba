import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { MailServer } from "../../packages/server/src/testing/mail-server.ts";
import { Receiver } from "../../packages/server/src/testing/receiver.ts";
import { ADMIN_PASSWORD, api, logIn, type RunningServer, startServer } from "../server.ts";
import { launchBrowser, openPage, signIn, type Watched } from "./browser.ts";

let mail: MailServer;
let receiver: Receiver;
let server: RunningServer;
let browser: Browser;
let watched: Watched;
let page: Page;

beforeAll(async () => {
  [mail, receiver] = await Promise.all([MailServer.open(), Receiver.open()]);
  server = await startServer({
    env: {
      MINTMARK_OUTBOUND_ALLOW: "127.0.0.0/8",
      MINTMARK_MAIL_URL: mail.url,
      MINTMARK_MAIL_FROM: "hub@example.com",
    },
  });
  const bearer = await logIn(server);
  await api(server, "PATCH", "/users/admin", { bearer, body: { email: "admin@example.com" } });
  browser = await launchBrowser();
});

afterAll(async () => {
  await browser.close();
  await server.stop();
  server.remove();
  await Promise.all([mail.kill(), receiver.kill()]);
});

beforeEach(async () => {
  watched = await openPage(browser, server.url, { viewport: { width: 1280, height: 860 } });
  page = watched.page;
  await page.goto("/");
  await signIn(page, "admin", ADMIN_PASSWORD);
});

afterEach(async () => {
  expect(watched.complaints).toEqual([]);
  await watched.context.close();
});

test("a token that nobody uses is kept alive by one press of a button", async () => {
  const bearer = await logIn(server);
  const { credential } = await api<{ credential: { id: string; idleExpiresAt: string } }>(
    server,
    "POST",
    "/credentials",
    { bearer, body: { kind: "offline_token", title: "nightly" } },
  );
  await page.getByRole("link", { name: "What expires when" }).click();
  await page.getByRole("button", { name: "Keep nightly alive" }).click();
  const deadline = async () =>
    (await api<{ idleExpiresAt: string }>(server, "GET", `/credentials/${credential.id}`, { bearer }))
      .idleExpiresAt;

  await expect.poll(deadline).not.toBe(credential.idleExpiresAt);
});

test("a webhook is created, tried, and its delivery is seen and sent again", async () => {
  await page.getByRole("link", { name: "Webhooks" }).click();
  await page.getByRole("button", { name: "Create webhook" }).click();
  await page.getByLabel("Address").fill(receiver.url);
  await page.getByRole("button", { name: "Create", exact: true }).click();
  await page.getByText("Copy it now").waitFor();
  await page.getByRole("link", { name: receiver.url }).click();
  await page.getByRole("button", { name: "Leave without copying" }).click();
  await page.getByRole("button", { name: "Send a test" }).click();
  await receiver.until(1);
  await page.getByText("Delivered").waitFor();
  await page.getByRole("button", { name: /Deliver webhook.test .*again/ }).click();
  await receiver.until(2);

  expect(receiver.header("webhook-id")[1]).toBe(receiver.header("webhook-id")[0]);
});

test("people see how they are warned and try it", async () => {
  await page.goto("/profile/notifications");
  await page.getByText("admin@example.com", { exact: true }).waitFor();
  await page.getByRole("button", { name: "Send me a test mail" }).click();
  await page.getByText("The mail server took it").waitFor();

  expect(mail.taken).toEqual(["admin@example.com: A test from Mintmark"]);
});

test("people switch off mail about one kind of end, and the hub keeps the choice", async () => {
  const bearer = await logIn(server);
  await page.goto("/profile/notifications");
  const idle = page.getByRole("switch", { name: "Before an end without a use" });
  await idle.waitFor();
  expect(await idle.isChecked()).toBe(true);
  await idle.focus();
  await page.keyboard.press("Space");
  await expect
    .poll(() => api(server, "GET", "/notifications", { bearer }))
    .toMatchObject({ expiring: true, idle: false });

  await page.reload();
  await idle.waitFor();
  expect(await idle.isChecked()).toBe(false);
});

test("an administrator sees that the mail server refuses the hub, and that it is mended", async () => {
  const strict = await MailServer.open({ password: "right" });
  const url = strict.url.replace("//", "//hub:wrong@");
  const own = await startServer({
    env: { MINTMARK_MAIL_URL: url, MINTMARK_MAIL_FROM: "hub@example.com" },
  });
  const { page: there, context } = await openPage(browser, own.url, {
    viewport: { width: 375, height: 800 },
  });
  const bearer = await logIn(own);
  await api(own, "PATCH", "/users/admin", { bearer, body: { email: "admin@example.com" } });
  await there.goto("/");
  await signIn(there, "admin", ADMIN_PASSWORD);
  await there.goto("/profile/notifications");
  await there.getByRole("button", { name: "Send me a test mail" }).click();
  await there.getByText("It said: 535").waitFor();
  strict.password = "wrong";
  await there.getByRole("button", { name: "Send me a test mail" }).click();
  await there.getByText("The mail server took it").waitFor();
  await there.getByText("It said: 535").waitFor({ state: "detached" });

  await context.close();
  await own.stop();
  own.remove();
  await strict.kill();
});
