import { type ChildProcess, spawn } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { eventually } from "../eventually.ts";
import { requireProgram } from "../programs.ts";
import { ADMIN_PASSWORD, api, logIn, type RunningServer, startServer } from "../server.ts";
import { launchBrowser, openPage } from "./browser.ts";

/**
 * The hub at `/mintmark/` of a host whose root is another application, which must never see the hub's
 * passwords or cookies.
 */
const nginx = requireProgram("nginx");
const PATH = "/mintmark";

let hub: RunningServer;
let proxy: ChildProcess;
let browser: Browser;
let folder: string;
let publicUrl: string;
/** What came to the other application. */
const strayed: string[] = [];
const neighbour = createServer((request, response) => {
  strayed.push(`${request.method} ${request.url} ${request.headers.cookie ?? ""}`);
  response.end("another application");
});

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, "127.0.0.1", resolve));
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

beforeAll(async () => {
  if (nginx === undefined) {
    return;
  }
  folder = mkdtempSync(join(tmpdir(), "mintmark-nginx-"));
  await new Promise<void>((resolve) => neighbour.listen(0, "127.0.0.1", resolve));
  const port = await freePort();
  publicUrl = `http://127.0.0.1:${port}${PATH}`;
  const hubPort = String(await freePort());
  hub = await startServer({ env: { MINTMARK_PUBLIC_URL: publicUrl, MINTMARK_PORT: hubPort } });
  const folders = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    .map((kind) => `${kind}_temp_path ${join(folder, kind)};`)
    .join("\n");
  const file = join(folder, "nginx.conf");
  writeFileSync(
    file,
    `daemon off;
master_process off;
pid ${join(folder, "pid")};
error_log stderr;
events {}
http {
access_log off;
${folders}
server {
  listen 127.0.0.1:${port};
  location ${PATH}/ { proxy_pass http://127.0.0.1:${hubPort}/; }
  location / { proxy_pass http://127.0.0.1:${(neighbour.address() as AddressInfo).port}; }
}
}
`,
  );
  proxy = spawn(nginx, ["-p", folder, "-c", file], { stdio: "ignore" });
  await eventually(async () => {
    const answer = await fetch(`${publicUrl}/healthz`).catch(() => null);
    return answer?.status === 200 ? answer : null;
  });
  browser = await launchBrowser();
});

afterAll(async () => {
  await browser?.close();
  proxy?.kill();
  neighbour.close();
  await hub?.stop();
  hub?.remove();
  rmSync(folder ?? "", { recursive: true, force: true });
});

async function signInOnPage(page: Page): Promise<void> {
  await page.getByLabel("User name").fill("admin");
  await page.getByLabel("Password").fill(ADMIN_PASSWORD);
  await page.getByRole("button", { name: "Sign in" }).click();
}

describe("behind nginx at a path of a shared host", () => {
  test("a person signs in, types the code of a device and connects it", async () => {
    const form = new URLSearchParams({ client_id: "cloud-services" });
    const realm = `${publicUrl}/auth/realms/redhat-external/protocol/openid-connect`;
    const started = (await (
      await fetch(`${realm}/auth/device`, { method: "POST", body: form })
    ).json()) as Record<string, string>;
    expect(started["verification_uri"]).toBe(`${publicUrl}/device`);
    const { page, context, complaints } = await openPage(browser, publicUrl);

    await page.goto(started["verification_uri"] as string);
    await signInOnPage(page);
    await page.getByLabel("Code").fill(started["user_code"] as string);
    await page.getByRole("button", { name: "Next" }).click();
    await page.getByRole("button", { name: "Connect" }).click();
    await page.getByRole("heading", { name: "The device is connected" }).waitFor();

    const cookies = await context.cookies();
    expect(cookies.map(({ path }) => path)).toEqual(cookies.map(() => PATH));
    const redeemed = await fetch(`${realm}/token`, {
      method: "POST",
      body: new URLSearchParams({
        grant_type: "urn:ietf:params:oauth:grant-type:device_code",
        client_id: "cloud-services",
        device_code: started["device_code"] as string,
      }),
    });
    expect(redeemed.status).toBe(200);
    expect(complaints).toEqual([]);
    await context.close();
  });

  test("a person signs in and allows an application, which gets its code", async () => {
    const callback = `${new URL(publicUrl).origin}/callback`;
    const bearer = await logIn({ url: publicUrl });
    const { client } = await api<{ client: { clientId: string } }>(
      { url: publicUrl },
      "POST",
      "/oauth/clients",
      {
        bearer,
        body: { name: "An app", type: "public", redirectUris: [callback] },
      },
    );
    const verifier = randomBytes(32).toString("base64url");
    const query = new URLSearchParams({
      response_type: "code",
      client_id: client.clientId,
      redirect_uri: callback,
      scope: "repo:read",
      state: "a-state",
      code_challenge: createHash("sha256").update(verifier).digest("base64url"),
      code_challenge_method: "S256",
    });
    const { page, context } = await openPage(browser, publicUrl);

    await page.goto(`${publicUrl}/oauth/authorize?${query}`);
    await signInOnPage(page);
    await page.getByRole("button", { name: "Allow" }).click();
    await page.waitForURL(`${callback}?**`);

    const code = new URL(page.url()).searchParams.get("code") ?? "";
    const answer = await fetch(`${publicUrl}/oauth/access_token`, {
      method: "POST",
      body: new URLSearchParams({
        grant_type: "authorization_code",
        client_id: client.clientId,
        redirect_uri: callback,
        code,
        code_verifier: verifier,
      }),
    });
    expect(answer.status).toBe(200);
    await context.close();
  });

  test("and the other application of the host saw nothing but the way back to it, without a cookie", () => {
    const visits = strayed.filter((line) => !line.startsWith("GET /favicon.ico"));
    expect(visits).toEqual([expect.stringMatching(/^GET \/callback\?code=[^ ]+ $/)]);
    expect(strayed.join()).not.toContain("mintmark");
  });
});
