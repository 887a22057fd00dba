import { connect } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createHarness, type Harness } from "../testing/harness.ts";

/** What the HTTP parser refuses is answered in the shape of the system whose prefix it bears. */
let hub: Harness;
let port: number;

beforeAll(async () => {
  hub = await createHarness();
  await hub.addUser("ada", { grants: ["collection:acme.*:download"] });
  const address = await hub.server.app.listen({ host: "127.0.0.1", port: 0 });
  port = Number(new URL(address).port);
});
afterAll(() => hub.close());

function send(text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = "";
    const socket = connect(port, "127.0.0.1", () => socket.write(text));
    socket.setEncoding("latin1");
    socket.on("data", (chunk) => {
      answer += chunk;
    });
    socket.on("close", () => resolve(answer)).on("error", reject);
  });
}

function bodyOf(answer: string): Record<string, unknown> {
  return JSON.parse(answer.slice(answer.indexOf("\r\n\r\n") + 4));
}

const WRAPPED = "Authorization: ZenApiKey ZGF2ZUBleGFtcGxlLmNvbTptbXBf\nYWJj\r\n";

describe("a broken header line", () => {
  it.each([
    ["/usermgmt/v1/user/currentUserInfo", "_messageCode_"],
    ["/api/galaxy/v3/collections/", "errors"],
    ["/v2/auth?service=x", "errors"],
    ["/api/v1/user/apptoken", "error_type"],
    ["/auth/realms/redhat-external", "error_description"],
    ["/api/mintmark/v1/session", "code"],
  ])("at %s is answered with %s", async (path, field) => {
    const answer = await send(`GET ${path} HTTP/1.1\r\nHost: hub\r\n${WRAPPED}\r\n`);
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(bodyOf(answer)).toHaveProperty(field);
    expect(answer).toContain("base64 -w0");
    expect(answer).toMatch(/x-request-id: \S+/i);
  });

  it("is refused at the gateway as everything that cannot be read, and told", async () => {
    const answer = await send(`GET /verify HTTP/1.1\r\nHost: hub\r\n${WRAPPED}\r\n`);
    expect(answer).toMatch(/^HTTP\/1\.1 403 /);
    expect(answer).toContain("base64 -w0");
  });

  it("never puts what was sent into the answer", async () => {
    const answer = await send(`GET /api/mintmark/v1/session HTTP/1.1\r\nHost: hub\r\n${WRAPPED}\r\n`);
    expect(answer).not.toContain("ZGF2ZUBle");
  });
});

describe("a header block", () => {
  const block = (bytes: number) => `X-Cookie: ${"x".repeat(bytes)}\r\n`;

  it("of 60 KB is read, as proxies pass it on", async () => {
    const { secret } = await hub.issue("ada", "personal_token");
    const head = `Host: hub\r\nAuthorization: Bearer ${secret}\r\nConnection: close\r\n`;
    expect(await send(`GET /verify HTTP/1.1\r\n${head}${block(60_000)}\r\n`)).toMatch(/^HTTP\/1\.1 200 /);
  });

  it.each([
    ["/usermgmt/v1/user/currentUserInfo", 431, "_messageCode_"],
    ["/api/galaxy/v3/collections/", 431, "errors"],
    ["/v2/auth?service=x", 431, "errors"],
    ["/api/v1/user/apptoken", 431, "error_type"],
    ["/auth/realms/redhat-external", 431, "error_description"],
    ["/oauth/introspect", 431, "error_description"],
    ["/verify", 403, "code"],
  ] as const)("beyond 64 KiB at %s is answered %i with %s", async (path, status, field) => {
    for (const bytes of [66_000, 200_000, 400_000]) {
      const answer = await send(`GET ${path} HTTP/1.1\r\nHost: hub\r\n${block(bytes)}\r\n`);
      expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
      expect(bodyOf(answer)).toHaveProperty(field);
      expect(answer).toMatch(/connection: close/i);
    }
  });

  it("of more lines than Node keeps is refused, and none of them is passed over", async () => {
    const answer = await send(`GET /verify HTTP/1.1\r\nHost: hub\r\n${"a: b\r\n".repeat(1_200)}\r\n`);
    expect(answer).toMatch(/^HTTP\/1\.1 403 /);
  });

  it("too large for the parser itself is answered in the hub's own shape", async () => {
    const answer = await send(`GET /api/galaxy/ HTTP/1.1\r\nHost: hub\r\n${block(600_000)}\r\n`);
    expect(answer).toMatch(/^HTTP\/1\.1 431 /);
  });

  it("beyond 64 KiB is told so", async () => {
    const answer = await send(`GET /api/mintmark/v1/session HTTP/1.1\r\nHost: hub\r\n${block(90_000)}\r\n`);
    expect(answer).toMatch(/^HTTP\/1\.1 431 /);
    expect(bodyOf(answer)).toMatchObject({ code: "headers_too_large", status: 431 });
  });
});

it.each([
  "\x16\x03\x01\x02\x00\x01\x00",
  "NONSENSE\r\n\r\n",
  "GET / HTTP/9.9\r\n\r\n",
  "get / HTTP/1.1\r\n\r\n",
])("bytes that are no request (%j) are answered with 400", async (text) => {
  const answer = await send(`${text}\r\n\r\n`);
  expect(answer).toMatch(/^HTTP\/1\.1 400 /);
  expect(bodyOf(answer)).toMatchObject({ code: "malformed_request" });
});

describe("a rare method", () => {
  it.each(["PROPFIND", "MKCOL", "LOCK", "REPORT", "PURGE", "HEAD", "DELETE"])(
    "%s is a question to the gateway like any other",
    async (method) => {
      const { secret } = await hub.issue("ada", "personal_token");
      const head = `Host: hub\r\nAuthorization: Bearer ${secret}\r\nConnection: close\r\n\r\n`;
      expect(await send(`${method} /verify HTTP/1.1\r\n${head}`)).toMatch(/^HTTP\/1\.1 200 /);
      expect(await send(`${method} /verify/a/b?x=1 HTTP/1.1\r\n${head}`)).toMatch(/^HTTP\/1\.1 200 /);
      expect(
        await send(`${method} /verify?scope=user:admin HTTP/1.1\r\nHost: hub\r\nConnection: close\r\n\r\n`),
      ).toMatch(/^HTTP\/1\.1 401 /);
    },
  );

  it("elsewhere is 405 for a path that exists and 404 for one that does not", async () => {
    const ask = (path: string) => send(`PROPFIND ${path} HTTP/1.1\r\nHost: hub\r\nConnection: close\r\n\r\n`);
    expect(await ask("/api/v1/user/apptoken")).toMatch(/^HTTP\/1\.1 405 /);
    expect(await ask("/api/v1/nothing")).toMatch(/^HTTP\/1\.1 404 /);
  });
});
