import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fastify } from "fastify";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { serveStaticFiles } from "./static-files.ts";

describe("the files of the console", () => {
  const app = fastify();
  let folder: string;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "mintmark-static-"));
    mkdirSync(join(folder, "assets", "inner"), { recursive: true });
    writeFileSync(join(folder, "secret.txt"), "secret");
    for (const [name, text] of [
      ["main-1a2b.js", "plain"],
      ["main-1a2b.js.br", "brotli"],
      ["main-1a2b.js.gz", "gzip"],
      ["style-3c.css", "css"],
      ["inner/deep.js", "deep"],
    ] as const) {
      writeFileSync(join(folder, "assets", name), text);
    }
    serveStaticFiles(app, join(folder, "assets"), "/files/");
  });

  afterAll(async () => {
    await app.close();
    rmSync(folder, { recursive: true });
  });

  const get = (url: string, accept?: string) =>
    app.inject({ url, headers: accept === undefined ? {} : { "accept-encoding": accept } });

  test("are kept for good, with their type", async () => {
    const reply = await get("/files/main-1a2b.js");
    expect([reply.statusCode, reply.body]).toEqual([200, "plain"]);
    expect(reply.headers).toMatchObject({
      "cache-control": "public, max-age=31536000, immutable",
      "content-type": "text/javascript; charset=utf-8",
      "content-length": "5",
      vary: "accept-encoding",
    });
  });

  test.each([
    ["gzip, deflate, br", "br", "brotli"],
    ["GZIP", "gzip", "gzip"],
    ["br;q=0, gzip;q=0.5", "gzip", "gzip"],
    ["br;q=0.000", undefined, "plain"],
    ["identity", undefined, "plain"],
  ])("come as a client accepts them: %s", async (accept, encoding, body) => {
    const reply = await get("/files/main-1a2b.js", accept);
    expect([reply.headers["content-encoding"], reply.body]).toEqual([encoding, body]);
  });

  test("without a packed form come plain", async () => {
    expect((await get("/files/style-3c.css", "br")).body).toBe("css");
  });

  test("HEAD says what GET would, without the bytes", async () => {
    const reply = await app.inject({ method: "HEAD", url: "/files/main-1a2b.js" });
    expect([reply.statusCode, reply.headers["content-length"], reply.body]).toEqual([200, "5", ""]);
  });

  test.each([
    "/files/",
    "/files/none.js",
    "/files/../secret.txt",
    "/files/%2e%2e/secret.txt",
    "/files/..%2fsecret.txt",
    "/files/inner/deep.js",
  ])("%s is not found", async (url) => {
    expect((await get(url)).statusCode).toBe(404);
  });
});
