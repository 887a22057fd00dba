import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { api, logIn, type RunningServer, startServer } from "../server.ts";
import { drawPage, findBarriers, launchBrowser, openPage, signIn, type Watched } from "./browser.ts";
import { publishSample } from "./sample.ts";

const NARROW = 360;

const PAGES = [
  { name: "dashboard", path: "/dashboard", shows: "Dashboard" },
  { name: "overview", path: "/overview", shows: "Overview" },
  { name: "connect-to-hub", path: "/automation-hub/connect", shows: "Connect to Hub" },
  { name: "collections", path: "/collections", shows: "Collections" },
  { name: "api-token", path: "/collections/api-token", shows: "API token" },
  { name: "collection", path: "/collections/browse/acme/tools", shows: "acme.tools" },
  { name: "application-tokens", path: "/registry/application-tokens", shows: "Application tokens" },
  { name: "api-key", path: "/profile/api-key", shows: "Profile and settings" },
  { name: "password-and-sessions", path: "/profile/security", shows: "Profile and settings" },
  { name: "notifications", path: "/profile/notifications", shows: "Profile and settings" },
  { name: "what-expires-when", path: "/expires", shows: "What expires when" },
  { name: "instances", path: "/services/instances", shows: "Instances" },
  { name: "service-accounts", path: "/services/accounts", shows: "Service accounts" },
  { name: "service-account", path: "/services/accounts/nightly", shows: "nightly" },
  { name: "personal-tokens", path: "/tokens", shows: "Personal tokens" },
  { name: "api-reference", path: "/developer", shows: "API reference" },
  { name: "admin-users", path: "/admin/users", shows: "Users" },
  { name: "admin-user", path: "/admin/users/ada", shows: "ada" },
  { name: "admin-teams", path: "/admin/teams", shows: "Teams" },
  { name: "admin-grants", path: "/admin/grants", shows: "Shared grants" },
  { name: "admin-instances", path: "/admin/instances", shows: "Service instances" },
  { name: "admin-credentials", path: "/admin/credentials", shows: "Credentials" },
  { name: "admin-applications", path: "/admin/clients", shows: "Applications" },
  { name: "admin-webhooks", path: "/admin/webhooks", shows: "Webhooks" },
  { name: "admin-audit", path: "/admin/audit", shows: "Audit log" },
  { name: "admin-keys", path: "/admin/keys", shows: "Signing keys" },
  { name: "admin-restored", path: "/admin/restored", shows: "Restored from a backup" },
  { name: "admin-settings", path: "/admin/settings", shows: "Settings" },
  { name: "page-not-found", path: "/admin/nothing", shows: "Page not found" },
] as const;

let server: RunningServer;
let browser: Browser;

beforeAll(async () => {
  server = await startServer({ env: { MINTMARK_OUTBOUND_ALLOW: "127.0.0.0/8" } });
  browser = await launchBrowser();
  const admin = await logIn(server);
  const post = (path: string, body: unknown, bearer = admin) =>
    api<{ credential: { id: string } }>(server, "POST", path, { bearer, body });
  await post("/users", {
    username: "ada",
    password: "a long password for ada",
    role: "member",
    displayName: "Ada",
  });
  await api(server, "PUT", "/users/ada/grants", {
    bearer: admin,
    body: { grants: ["collection:acme.*:upload,download", "instance:sales:use"] },
  });
  await post("/teams", { name: "build", grants: ["repository:build/*:pull,push"] });
  await api(server, "PUT", "/teams/build/members/ada", { bearer: admin });
  await post("/services", { name: "nightly", description: "The nightly build", stewards: ["ada"] });
  await post("/instances", { id: "sales", displayName: "Sales data" });
  await post("/webhooks", { url: "http://127.0.0.1:9/hook", events: ["credential.idle"] });
  await post("/oauth/clients", {
    name: "Dashboard",
    type: "public",
    redirectUris: ["https://dashboard.example/back"],
  });
  for (const title of ["Laptop", "Build server"]) await post("/credentials", { kind: "app_token", title });
  await post("/credentials", { kind: "offline_token" });
  await post("/credentials", { kind: "hub_token" });
  await post("/credentials", { kind: "platform_key" });
  await post("/credentials", { kind: "instance_key", instance: "sales" });
  await post("/credentials", {
    kind: "personal_token",
    title: "Nightly report",
    scopes: ["instance:sales:use"],
    expiresAt: new Date(Date.now() + 90 * 86_400_000).toISOString(),
  });
  await publishSample(server, "admin");
});

afterAll(async () => {
  await browser.close();
  await server.stop();
  server.remove();
});

/** The page is drawn, its fonts are here, and nothing is waited for. */
async function settle({ page }: Watched): Promise<void> {
  await page.waitForFunction(() => !document.querySelector("[role=progressbar]"));
  await page.evaluate(() => document.fonts.ready.then(() => undefined));
}

describe("in light and dark", () => {
  let watched: Watched;

  beforeAll(async () => {
    watched = await openPage(browser, server.url, { viewport: { width: 1280, height: 860 } });
    await watched.page.goto("/");
  });

  afterAll(() => watched.context.close());

  test("the sign-in page is free of barriers", async () => {
    await watched.page.getByRole("heading", { level: 1, name: "Sign in" }).waitFor();
    await settle(watched);
    expect(await findBarriers(watched.page)).toEqual([]);
    await drawPage(watched.page, "sign-in");
    await signIn(watched.page);
  });

  test.each(PAGES)("$name is free of barriers, and what its address says after a reload", async (each) => {
    const { name, path, shows } = each;
    const { page, complaints } = watched;
    await page.goto(path);
    await page.getByRole("heading", { level: 1, name: shows, exact: true }).waitFor();
    await settle(watched);

    expect(await page.title()).toBe(`${shows} · Mintmark`);
    expect(await findBarriers(watched.page)).toEqual([]);
    await drawPage(page, name);
    expect(complaints).toEqual([]);
  });

  test("the page of one credential is free of barriers", async () => {
    const { page, complaints } = watched;
    await page.goto("/overview");
    await page.getByRole("link", { name: "Nightly report" }).click();
    await page.getByRole("heading", { level: 1, name: "Nightly report" }).waitFor();
    await page.getByText("Not used in this time.").waitFor();

    expect(await findBarriers(page)).toEqual([]);
    await drawPage(page, "credential");
    expect(complaints).toEqual([]);
  });
});

describe("on a telephone", () => {
  let watched: Watched;

  beforeAll(async () => {
    watched = await openPage(browser, server.url, { viewport: { width: NARROW, height: 740 } });
    await watched.page.goto("/");
    await signIn(watched.page);
  });

  afterAll(() => watched.context.close());

  test.each(PAGES)("$name fits into 360 pixels", async ({ name, path, shows }) => {
    const { page } = watched;
    await page.goto(path);
    await page.getByRole("heading", { level: 1, name: shows, exact: true }).waitFor();
    await settle(watched);

    const wide = await page.evaluate(
      (narrow) =>
        [...document.querySelectorAll("main *")]
          .filter((one) => one.getBoundingClientRect().right > narrow + 1)
          .filter((one) => !one.closest(".pf-v6-c-code-block, .mm-scroll"))
          .map((one) => one.outerHTML.slice(0, 120)),
      NARROW,
    );
    expect(wide).toEqual([]);
    if (["overview", "connect-to-hub"].includes(name)) await drawPage(page, `${name}-narrow`);
  });
});

test("the page lives under a policy without inline scripts or styles, and its files are kept for good", async () => {
  const page = await fetch(server.url);
  const html = await page.text();
  const script = /src="\.\/(console-assets\/[^"]+\.js)"/.exec(html)?.[1] ?? "";
  const asset = await fetch(`${server.url}/${script}`, { headers: { "accept-encoding": "br" } });

  expect(page.headers.get("content-security-policy")).toMatch(/script-src 'self';.*style-src 'self'/);
  expect(page.headers.get("content-security-policy")).not.toContain("unsafe");
  expect(page.headers.get("cache-control")).toBe("no-store");
  expect(asset.headers.get("cache-control")).toMatch(/max-age=31536000, immutable/);
  expect(asset.headers.get("content-encoding")).toBe("br");
});

test("a program that asks for an unknown path gets the 404 of its system", async () => {
  const asked = (path: string, accept: string) => fetch(`${server.url}${path}`, { headers: { accept } });

  for (const path of ["/tokens", "/nothing"]) {
    const reply = await asked(path, "application/json");
    expect([path, reply.status, reply.headers.get("content-type")]).toEqual([
      path,
      404,
      "application/problem+json; charset=utf-8",
    ]);
  }
  for (const path of [
    "/api/mintmark/v1/nothing",
    "/api/nothing",
    "/v2/nothing",
    "/console-assets/nothing.js",
  ]) {
    const reply = await asked(path, "text/html");
    expect([path, reply.status]).toEqual([path, 404]);
    expect(reply.headers.get("content-type")).toContain("json");
  }
});

test("a person who follows a wrong link sees a page that leads back", async () => {
  const { page, context } = await openPage(browser, server.url);
  const reply = await page.goto("/nope/deeper");
  expect(reply?.status()).toBe(404);
  await signIn(page);
  await page.getByRole("heading", { name: "There is no such page" }).waitFor();
  await page.getByRole("button", { name: "Go to the overview" }).click();

  await page.getByRole("heading", { level: 1, name: "Overview" }).waitFor();
  await context.close();
});
