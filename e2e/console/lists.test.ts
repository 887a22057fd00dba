import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { api, logIn, type RunningServer, startServer } from "../server.ts";
import { findBarriers, launchBrowser, openPage, readSecret, signIn, type Watched } from "./browser.ts";

const PASSWORD = "a long password for people";

interface Made {
  readonly credential: { readonly id: string };
  readonly secret: string;
}

let server: RunningServer;
let browser: Browser;
let watched: Watched;
let page: Page;

beforeAll(async () => {
  server = await startServer();
  browser = await launchBrowser();
  const bearer = await logIn(server);
  for (const [username, role] of [
    ["ada", "member"],
    ["many", "member"],
    ["audrey", "auditor"],
  ] as const) {
    await api(server, "POST", "/users", { bearer, body: { username, password: PASSWORD, role } });
  }
  await api(server, "PUT", "/users/ada/grants", {
    bearer,
    body: { grants: ["collection:acme.*:upload,download", "instance:sales:use"] },
  });
  const many = await logIn(server, "many", PASSWORD);
  for (let index = 0; index < 60; index += 1) {
    const body = { kind: "app_token", title: `Machine ${String(index).padStart(2, "0")}` };
    await api(server, "POST", "/credentials", { bearer: many, body });
  }
}, 60_000);

afterAll(async () => {
  await browser.close();
  await server.stop();
  server.remove();
});

beforeEach(async () => {
  watched = await openPage(browser, server.url, { viewport: { width: 1280, height: 800 } });
  page = watched.page;
  await page.goto("/");
});

afterEach(async () => {
  expect(watched.complaints).toEqual([]);
  await watched.context.close();
});

async function make(username: string, body: Record<string, unknown>): Promise<Made> {
  return api<Made>(server, "POST", "/credentials", { bearer: await logIn(server, username, PASSWORD), body });
}

const read = async (id: string) =>
  api<Record<string, unknown>>(server, "GET", `/credentials/${id}`, { bearer: await logIn(server) });
const dialog = () => page.getByRole("dialog");
const gone = () => dialog().waitFor({ state: "detached" });

async function choose(title: string, action: string): Promise<void> {
  await page.getByRole("button", { name: `Actions for ${title}` }).click();
  await page.getByRole("menuitem", { name: action }).click();
}

describe("an owner, from the menu of a row", () => {
  beforeEach(() => signIn(page, "ada", PASSWORD));

  test("renames a credential, limits it to addresses, and makes it expire earlier", async () => {
    const { credential } = await make("ada", { kind: "app_token", title: "Old name" });
    await page.goto("/registry/application-tokens");
    await choose("Old name", "Rename");
    await page.getByLabel("Title").fill("New name");
    await page.getByLabel("Note").fill("On the second server");
    await dialog().getByRole("button", { name: "Save" }).click();
    await gone();

    await choose("New name", "Limit to addresses");
    await page.getByLabel("Addresses, one per line").fill("10.1.2.3/8");
    await dialog().getByRole("button", { name: "Save" }).click();
    const refused = page.getByLabel("Addresses, one per line");
    await expect.poll(() => refused.getAttribute("aria-invalid")).toBe("true");
    await refused.fill("10.0.0.0/8");
    await dialog().getByRole("button", { name: "Save" }).click();
    await gone();

    await choose("New name", "Expire earlier");
    await page.getByLabel("Last day").fill("2090-01-02");
    await dialog().getByRole("button", { name: "Save" }).click();
    await gone();
    expect(await read(credential.id)).toMatchObject({
      title: "New name",
      note: "On the second server",
      addresses: ["10.0.0.0/8"],
      expiresAt: expect.stringMatching(/^2090-01-0[123]/),
    });
  });

  test("freezes one with a reason, finds it in the list, thaws it on its page, and revokes it frozen", async () => {
    const { credential } = await make("ada", { kind: "app_token", title: "Paused" });
    await page.goto("/overview");
    await choose("Paused", "Freeze");
    await dialog().getByLabel("Reason").fill("The laptop is lost");
    await dialog().getByRole("button", { name: "Freeze" }).click();
    await gone();
    const row = page.getByRole("row", { name: /Paused/ });
    await row.getByText("Frozen").waitFor();
    await row.getByRole("link", { name: "Paused" }).click();
    await page.getByRole("heading", { name: /Frozen by ada on .*: The laptop is lost/ }).waitFor();
    expect(await findBarriers(page)).toEqual([]);

    await page.getByRole("button", { name: "Thaw", exact: true }).click();
    await dialog().getByRole("button", { name: "Thaw" }).click();
    await gone();
    await page.getByRole("button", { name: "Freeze", exact: true }).click();
    await dialog().getByRole("button", { name: "Freeze" }).click();
    await gone();
    await page.getByRole("button", { name: "Revoke Paused" }).click();
    await dialog().getByRole("button", { name: "Revoke" }).click();
    await gone();
    expect(await read(credential.id)).toMatchObject({ state: "revoked" });
  });

  test("tries a limit to addresses, drops it, tries it again and enforces it", async () => {
    const { credential } = await make("ada", { kind: "app_token", title: "On trial" });
    await page.goto("/registry/application-tokens");
    const begin = async () => {
      await choose("On trial", "Limit to addresses");
      await page.getByLabel("Addresses, one per line").fill("10.0.0.0/8");
      await page.getByLabel("Only try it").check();
      await dialog().getByRole("button", { name: "Save" }).click();
      await gone();
    };
    await begin();
    await page.getByRole("link", { name: "On trial" }).click();
    const notice = page.getByRole("heading", { name: /A limit to addresses is on trial/ });
    await notice.waitFor();
    expect(await findBarriers(page)).toEqual([]);
    await page.getByRole("button", { name: "Drop" }).click();
    await notice.waitFor({ state: "detached" });
    expect(await read(credential.id)).toMatchObject({ addresses: null, addressTrial: null });

    await page.goBack();
    await begin();
    await page.getByRole("link", { name: "On trial" }).click();
    await page.getByRole("button", { name: "Enforce" }).click();
    await notice.waitFor({ state: "detached" });
    expect(await read(credential.id)).toMatchObject({ addresses: ["10.0.0.0/8"], addressTrial: null });
  });

  test("takes one permission away from a token", async () => {
    const scopes = ["collection:acme.*:upload,download", "instance:sales:use"];
    const { credential } = await make("ada", { kind: "personal_token", title: "Wide", scopes });
    await page.goto("/tokens");
    await choose("Wide", "Narrow permissions");
    await page.getByRole("checkbox", { name: /instance sales/ }).uncheck();
    await dialog().getByRole("button", { name: "Save" }).click();
    await gone();
    expect(await read(credential.id)).toMatchObject({ scopes: scopes.slice(0, 1) });
  });

  test("rotates one, gets the line that uses the new secret, and keeps an idle one alive", async () => {
    await make("ada", { kind: "app_token", title: "Turning" });
    const offline = await make("ada", { kind: "offline_token", title: "Sleeping" });
    await page.goto("/overview");
    await choose("Turning", "Rotate");
    await page.getByRole("heading", { level: 1, name: "Rotate Turning" }).waitFor();
    await page.getByRole("button", { name: "Create the new secret" }).click();
    await page.getByRole("figure", { name: "Log in with podman" }).waitFor();
    expect(await readSecret(page, "New secret")).toMatch(/^mma_/);
    expect(await findBarriers(page)).toEqual([]);

    await page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: "Overview" }).click();
    await page.getByRole("link", { name: "Sleeping" }).click();
    await page.getByRole("button", { name: "Keep alive", exact: true }).click();
    await dialog().getByRole("button", { name: "Keep alive" }).click();
    await gone();
    expect(await read(offline.credential.id)).toMatchObject({ lastUsedAt: null });
  });
});

test("an application token gets permissions and an end by the same form as every other kind", async () => {
  const bearer = await logIn(server);
  const body = { grants: ["repository:team/*:pull,push", "instance:sales:use"] };
  await api(server, "POST", "/users", {
    bearer,
    body: { username: "rep", password: PASSWORD, role: "member" },
  });
  await api(server, "PUT", "/users/rep/grants", { bearer, body });
  await signIn(page, "rep", PASSWORD);
  await page.goto("/registry/application-tokens");
  await page.getByRole("button", { name: "Create application token" }).click();
  await dialog().getByLabel("Title").fill("Continuous build");
  await dialog().getByLabel("Expires").selectOption("30d");
  await dialog().getByLabel("Only some permissions").check();
  // Only what this kind can reach is offered.
  expect(
    await dialog()
      .getByRole("checkbox", { name: /service instance/ })
      .count(),
  ).toBe(0);
  await dialog().getByRole("button", { name: "Read only" }).click();
  expect(await findBarriers(page)).toEqual([]);
  await dialog().getByRole("button", { name: "Create", exact: true }).click();
  await page.getByRole("dialog", { name: "Credentials for Continuous build" }).waitFor();

  const { credentials } = await api<{ credentials: { scopes: string[]; expiresAt: string }[] }>(
    server,
    "GET",
    "/credentials?owner=rep",
    { bearer },
  );
  expect(credentials.map(({ scopes }) => scopes)).toEqual([["repository:*:pull"]]);
  const days = (Date.parse(credentials[0]?.expiresAt ?? "") - Date.now()) / 86_400_000;
  expect(Math.round(days)).toBe(30);
});

describe("the dialog of a personal token", () => {
  beforeEach(async () => {
    await signIn(page, "ada", PASSWORD);
    await page.goto("/tokens");
    await page.getByRole("button", { name: "Create personal token" }).click();
    await page.getByRole("textbox", { name: "Title" }).fill("Report");
  });

  test("shows a refusal in view, at the field that is wrong, and focuses it", async () => {
    await page.getByLabel("Custom scopes (one per line)").fill("nonsense");
    await dialog().getByRole("button", { name: "Create", exact: true }).click();
    const box = page.getByLabel("Custom scopes (one per line)");
    await expect.poll(() => box.getAttribute("aria-invalid")).toBe("true");
    await expect.poll(() => box.evaluate((one) => document.activeElement === one)).toBe(true);
    for (const alert of await dialog().getByText("nonsense").all()) {
      if ((await alert.evaluate((one) => one.tagName)) === "TEXTAREA") continue;
      const place = await alert.boundingBox();
      expect(place && place.y >= 0 && place.y + place.height <= 800).toBe(true);
    }
  });

  test("puts a permission together, and says which one the person does not hold", async () => {
    await page.getByLabel("Resource", { exact: true }).selectOption("repository");
    await page.getByLabel("Name of the resource").fill("other/app");
    await page.getByRole("button", { name: "Add", exact: true }).click();
    await page.getByText("is not among the permissions that you hold, so it allows nothing").waitFor();
    expect(await findBarriers(page)).toEqual([]);
    await dialog().getByRole("button", { name: "Create", exact: true }).click();
    await gone();
    await readSecret(page, "Personal token");

    await page.getByRole("link", { name: "Report" }).click();
    await page.getByText("Nothing: the owner does not hold this.").waitFor();
  });
});

describe("an administrator", () => {
  beforeEach(() => signIn(page));

  test("comes back from a credential to the same page of the same filtered list", async () => {
    await page.goto("/admin/credentials");
    await page.getByRole("combobox", { name: "Owner" }).fill("many");
    await page.getByRole("button", { name: "Filter by owner" }).click();
    await page.getByRole("link", { name: "Machine 59" }).waitFor();
    await page.getByRole("button", { name: "Next" }).click();
    await page.getByRole("link", { name: "Machine 05" }).click();
    await page.getByRole("heading", { level: 1, name: "Machine 05" }).waitFor();
    await page.goBack();

    await page.getByRole("link", { name: "Machine 05" }).waitFor();
    await page.getByText("Page 2").waitFor();
    expect(await page.getByRole("combobox", { name: "Owner" }).inputValue()).toBe("many");
    await page.getByRole("button", { name: "Previous" }).click();
    await page.getByRole("link", { name: "Machine 59" }).waitFor();
  });

  test("is told that nobody has the name that was typed as the owner", async () => {
    await page.goto("/admin/credentials?owner=nobody-here");
    await page.getByRole("heading", { name: 'No user named "nobody-here".' }).waitFor();
    expect(await page.getByRole("button", { name: "Try again" }).count()).toBe(0);
  });

  test("freezes some rows, and revokes all that match the filters", async () => {
    await page.goto("/admin/credentials?owner=many");
    await page.getByRole("checkbox", { name: "Select Machine 59" }).check();
    await page.getByRole("checkbox", { name: "Select Machine 58" }).check();
    await page.getByText("2 selected").waitFor();
    await page.getByRole("button", { name: "Freeze selected" }).click();
    await dialog().getByLabel("Reason").fill("Under review");
    expect(await findBarriers(page)).toEqual([]);
    await dialog().getByRole("button", { name: "Freeze 2" }).click();
    await page.getByText("2 frozen.").waitFor();
    await page
      .getByRole("row", { name: /Machine 59/ })
      .getByText("Frozen")
      .waitFor();

    await page.getByRole("checkbox", { name: "Select all rows" }).check();
    await page.getByRole("button", { name: "Select all that match the filters" }).click();
    await page.getByRole("button", { name: "Revoke selected" }).click();
    await dialog().getByRole("button", { name: "Revoke 60" }).click();
    await page.getByText("60 revoked.").waitFor();
    await page.getByRole("heading", { name: "No matching credentials" }).waitFor();
  });

  test("is not offered to rename somebody else's credential, or to rotate it", async () => {
    await make("ada", { kind: "app_token", title: "Not mine" });
    await page.goto("/admin/credentials?owner=ada");
    await page.getByRole("button", { name: "Actions for Not mine" }).click();
    expect(await page.getByRole("menuitem").allTextContents()).toEqual([
      "Freeze",
      "Narrow permissions",
      "Limit to addresses",
      "Expire earlier",
    ]);
  });
});

test("an auditor sees the list and is offered no change", async () => {
  await make("ada", { kind: "app_token", title: "Looked at" });
  await signIn(page, "audrey", PASSWORD);
  await page.goto("/admin/credentials?owner=ada");
  await page.getByRole("link", { name: "Looked at" }).waitFor();

  expect(await page.getByRole("checkbox").count()).toBe(0);
  expect(await page.getByRole("button", { name: /^(?:Revoke|Actions)/ }).count()).toBe(0);
});

test("an auditor is shown no service instance that the auditor may not use", async () => {
  const bearer = await logIn(server);
  await api(server, "POST", "/instances", { bearer, body: { id: "sales", displayName: "Sales data" } });
  await signIn(page, "audrey", PASSWORD);
  await page.goto("/services/instances");

  await page.getByRole("heading", { name: "No instances" }).waitFor();
});

test("a steward creates credentials of a service, and an account is deleted only by its name", async () => {
  await signIn(page);
  await page.goto("/services/accounts");
  await page.getByRole("button", { name: "Create service account" }).click();
  await dialog().getByRole("textbox", { name: "Name" }).fill("nightly");
  const steward = dialog().getByRole("combobox", { name: "Stewards" });
  await steward.fill("adm");
  await page.locator('#service-stewards-names option[value="admin"]').waitFor({ state: "attached" });
  await steward.fill("admin");
  await steward.press("Enter");
  await dialog().getByLabel("Permissions, one per line").fill("collection:acme.*:download");
  await dialog().getByRole("button", { name: "Create", exact: true }).click();
  await gone();
  await page.getByRole("link", { name: "nightly" }).click();
  await page.getByRole("button", { name: "Create credential" }).click();
  await page.getByRole("menuitem", { name: /^Personal token/ }).click();
  await page.getByRole("textbox", { name: "Title" }).fill("For the build");
  await page.getByRole("checkbox", { name: /download collections acme/ }).check();
  await dialog().getByRole("button", { name: "Create", exact: true }).click();
  expect(await readSecret(page, "Personal token")).toMatch(/^mmt_/);
  await dialog().getByRole("button", { name: "Done" }).click();
  await page.getByRole("row", { name: /For the build/ }).waitFor();

  await page.getByRole("button", { name: "Create credential" }).click();
  await page.getByRole("menuitem", { name: /^Offline token/ }).click();
  await dialog().getByLabel("Title").fill("For ansible");
  await dialog().getByRole("button", { name: "Create", exact: true }).click();
  expect(await readSecret(page, "Offline token")).toMatch(/^mmo_/);
  await dialog().getByRole("button", { name: "Done" }).click();
  await page.getByRole("row", { name: /For ansible/ }).waitFor();

  await page.getByRole("button", { name: "Create OAuth client" }).click();
  await dialog().getByRole("button", { name: "Create OAuth client" }).click();
  expect((await readSecret(page, "Client secret")).length).toBeGreaterThan(20);
  await dialog().getByRole("button", { name: "Done" }).click();
  await page.getByText(/^OAuth client: /).waitFor();

  await page.goto("/admin/users/many");
  await page.getByRole("button", { name: "Delete", exact: true }).click();
  const confirm = dialog().getByRole("button", { name: "Delete" });
  expect(await confirm.isDisabled()).toBe(true);
  await page.getByLabel("Type many to confirm").fill("many");
  await confirm.click();
  await page.getByRole("heading", { level: 1, name: "Users" }).waitFor();
});
