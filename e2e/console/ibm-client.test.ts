import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { requirePackages } from "../npm-clients.ts";
import { api, logIn, type RunningServer, startServer } from "../server.ts";
import { launchBrowser, openPage, readSecret, signIn } from "./browser.ts";

const PASSWORD = "a long password for ada";

const load = await requirePackages("console-ibm-client", { "ibm-cloud-sdk-core": "5.9.1" });

interface SdkCore {
  readonly CloudPakForDataAuthenticator: new (options: Record<string, string>) => object;
  readonly BaseService: new (
    options: Record<string, unknown>,
  ) => {
    createRequest(parameters: Record<string, unknown>): Promise<{ readonly result: unknown }>;
  };
}

let server: RunningServer;
/** A service behind the hub, which asks it about every caller. */
let service: Server;
let serviceUrl: string;
let browser: Browser;

beforeAll(async () => {
  if (!load) return;
  server = await startServer();
  browser = await launchBrowser();
  const bearer = await logIn(server);
  await api(server, "POST", "/instances", { bearer, body: { id: "sales", displayName: "Sales data" } });
  const ada = { username: "ada", password: PASSWORD, role: "member" };
  await api(server, "POST", "/users", { bearer, body: ada });
  const grants = ["instance:sales:use"];
  await api(server, "PUT", "/users/ada/grants", { bearer, body: { grants } });
  service = createServer(({ headers: { authorization = "" } }, response) => {
    fetch(`${server.url}/verify?scope=instance:sales:use`, { headers: { authorization } }).then(
      ({ status, headers }) => {
        response.writeHead(status, { "content-type": "application/json" });
        response.end(JSON.stringify({ caller: headers.get("remote-user") }));
      },
      () => response.writeHead(502).end(),
    );
  });
  await new Promise<void>((resolve) => service.listen(0, "127.0.0.1", resolve));
  serviceUrl = `http://127.0.0.1:${(service.address() as AddressInfo).port}`;
});

afterAll(async () => {
  await browser?.close();
  service?.close();
  await server?.stop();
  server?.remove();
});

test("the key of Profile and settings › API key is what IBM's own client logs in with, until it is revoked", async () => {
  const sdk = load?.("ibm-cloud-sdk-core") as SdkCore;
  const { page, context, complaints } = await openPage(browser, server.url);
  await page.goto("/");
  await signIn(page, "ada", PASSWORD);
  await page.getByRole("button", { name: "ada" }).click();
  await page.getByRole("menuitem", { name: "Profile and settings" }).click();
  await page.getByRole("button", { name: "Generate new key" }).click();
  const apikey = await readSecret(page, "API key");
  const call = () => {
    const options = { url: `${server.url}/icp4d-api`, username: "ada", apikey };
    const authenticator = new sdk.CloudPakForDataAuthenticator(options);
    return new sdk.BaseService({ authenticator, serviceUrl }).createRequest({
      options: { url: "/ml/v1/things", method: "GET" },
      defaultOptions: { serviceUrl, headers: {} },
    });
  };

  expect((await call()).result).toEqual({ caller: "ada" });
  await page.getByRole("button", { name: "Revoke current key" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Revoke current key" }).click();
  await page.getByText("You have no API key at present.").waitFor();
  await expect(call()).rejects.toMatchObject({ status: 401 });
  expect(complaints).toEqual([]);
  await context.close();
});
