import { createServer, request, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type RunningServer, startServer } from "../server.ts";
import { launchBrowser, openPage, readSecret, signIn } from "./browser.ts";

const PREFIX = "/tokens-hub";

let server: RunningServer;
let proxy: Server;
let browser: Browser;
let publicUrl: string;
let hubUrl: string;

/** What `location /tokens-hub/ { proxy_pass http://hub/; }` does. */
beforeAll(async () => {
  proxy = createServer((incoming, outgoing) => {
    if (!incoming.url?.startsWith(`${PREFIX}/`)) {
      outgoing.writeHead(404).end();
      return;
    }
    const { method, headers } = incoming;
    const onward = request(hubUrl + incoming.url.slice(PREFIX.length), { method, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    onward.on("error", () => outgoing.destroy());
    incoming.pipe(onward);
  });
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  publicUrl = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}${PREFIX}`;
  const port = await freePort();
  hubUrl = `http://127.0.0.1:${port}`;
  server = await startServer({ env: { MINTMARK_PUBLIC_URL: publicUrl, MINTMARK_PORT: String(port) } });
  browser = await launchBrowser();
});

afterAll(async () => {
  await browser.close();
  await server.stop();
  server.remove();
  proxy.closeAllConnections();
  proxy.close();
});

/** The ready line names the public address, so the port must be known beforehand. */
async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, "127.0.0.1", resolve));
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

test("behind a proxy's path prefix every page, file and call of the console stays below it", async () => {
  const { page, complaints } = await openPage(browser, publicUrl);
  await page.goto(`${publicUrl}/collections/api-token`);
  await signIn(page);
  await page.getByRole("button", { name: "Load token" }).click();
  expect(await readSecret(page, "API token")).toMatch(/^mmh_/);
  expect(await page.getByRole("figure", { name: "Server URL" }).textContent()).toContain(
    `${publicUrl}/api/galaxy/`,
  );

  await page.getByRole("link", { name: "Mintmark, overview" }).click();
  await page.getByRole("heading", { level: 1, name: "Overview" }).waitFor();
  expect(page.url()).toBe(`${publicUrl}/overview`);
  expect(complaints).toEqual([]);
});
