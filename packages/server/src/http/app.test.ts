import { request as httpRequest } from "node:http";
import type { AddressInfo } from "node:net";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createHarness, type Harness } from "../testing/harness.ts";

const CREDENTIALS = "/api/mintmark/v1/credentials";

describe("the server", () => {
  let hub: Harness;
  let bearer: string;

  beforeAll(async () => {
    hub = await createHarness();
    await hub.addUser("ada");
    bearer = await hub.logIn("ada");
    await hub.server.app.listen({ host: "127.0.0.1", port: 0 });
  });

  afterAll(() => hub.close());

  const post = (raw: string | Buffer, contentType?: string) =>
    hub.call({
      method: "POST",
      url: CREDENTIALS,
      raw,
      bearer,
      headers: contentType === undefined ? {} : { "content-type": contentType },
    });

  test.each([
    ["JSON that is none", "{", "application/json", 400, "malformed_request"],
    [
      "bytes that are no UTF-8",
      Buffer.from([0x22, 0xff, 0x22]),
      "application/json",
      400,
      "malformed_request",
    ],
    [
      "JSON a thousand levels deep",
      "[".repeat(1000) + "]".repeat(1000),
      "application/json",
      400,
      "malformed_request",
    ],
    ["an empty body", "", "application/json", 400, "malformed_request"],
    ["a form", "kind=hub_token", "application/x-www-form-urlencoded", 415, "unsupported_media_type"],
    ["no content type", '{"kind":"hub_token"}', undefined, 415, "unsupported_media_type"],
    ["a body over one megabyte", `"${"x".repeat(1_048_577)}"`, "application/json", 413, "body_too_large"],
  ])("%s is refused in the API's own shape", async (_what, body, contentType, status, code) => {
    const before = (await hub.call({ url: CREDENTIALS, bearer })).json();
    const reply = await post(body, contentType);

    expect([reply.statusCode, reply.json().code]).toEqual([status, code]);
    expect((await hub.call({ url: CREDENTIALS, bearer })).json()).toEqual(before);
  });

  test("unknown paths and methods are answered in the shape of the system whose prefix they bear", async () => {
    const ours = await hub.call({ url: "/api/mintmark/v1/nothing", bearer });
    const galaxy = await hub.call({ url: "/api/galaxy/nothing", bearer });
    const method = await hub.call({ method: "PUT", url: CREDENTIALS, bearer });

    expect([ours.statusCode, ours.json().code]).toEqual([404, "not_found"]);
    expect([galaxy.statusCode, galaxy.json().errors[0].code]).toEqual([404, "not_found"]);
    expect([method.statusCode, method.headers.allow]).toEqual([405, "GET, HEAD, POST"]);
  });

  test("a header of a megabyte is refused and the server goes on", async () => {
    const { port } = hub.server.app.server.address() as AddressInfo;
    const answer = await new Promise<string>((resolve) => {
      const socket = connect(port, "127.0.0.1", () => {
        socket.write(`GET / HTTP/1.1\r\nHost: x\r\nX-Big: ${"x".repeat(1_000_000)}\r\n\r\n`);
      });
      let text = "";
      socket.on("data", (chunk: Buffer) => {
        text += chunk.toString();
      });
      socket.on("close", () => resolve(text));
      socket.on("error", () => undefined);
    });

    expect(answer).toMatch(/^HTTP\/1\.1 431 /);
    expect((await hub.call({ url: "/healthz" })).json()).toEqual({ status: "ok" });
  });

  // A proxy may have read the one and the hub the other (RFC 9112 §3.2).
  test.each([
    ["GET", "/healthz", 400],
    ["GET", "/verify", 403],
    ["GET", "/api/mintmark/v1/session", 400],
    ["GET", "/nothing", 400],
  ])("%s %s with two Host headers is refused", async (method, path, status) => {
    const { port } = hub.server.app.server.address() as AddressInfo;
    const send = (hosts: string) => {
      const socket = connect(port, "127.0.0.1");
      socket.write(`${method} ${path} HTTP/1.1\r\n${hosts}Connection: close\r\n\r\n`);
      return text(socket);
    };

    expect(await send("Host: a\r\nHost: b\r\n")).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(await send("Host: a\r\n")).not.toMatch(/^HTTP\/1\.1 400 /);
  });

  test.each([
    ["DELETE", "/credentials/:id"],
    ["DELETE", "/users/ada/credentials"],
    ["POST", "/credentials/:id/freeze"],
    ["PATCH", "/credentials/:id"],
    ["POST", "/credentials"],
    ["POST", "/session"],
  ] as const)("a body of null is no object: %s %s", async (method, path) => {
    const { id } = await hub.issue("ada", "personal_token");
    const headers = { "content-type": "application/json" };
    const url = `/api/mintmark/v1${path.replace(":id", id)}`;

    const reply = await hub.call({ method, url, bearer, headers, raw: "null" });

    expect([reply.statusCode, reply.json().code]).toEqual([400, "malformed_request"]);
    expect((await hub.hub.credentials.find(id))?.end).toBeNull();
  });

  test("a secret in a URL opens nothing", async () => {
    const { secret } = await hub.issue("ada", "personal_token");

    for (const name of ["access_token", "token", "api_key"]) {
      expect((await hub.call({ url: `/api/mintmark/v1/session?${name}=${secret}` })).statusCode).toBe(401);
    }
  });

  test("metrics are for this machine alone, and a forwarded request is not from this machine", async () => {
    const local = await hub.call({ url: "/metrics" });
    const forwarded = await hub.call({ url: "/metrics", headers: { "x-forwarded-for": "203.0.113.9" } });

    expect(local.statusCode).toBe(200);
    expect(local.body).toContain("mintmark_http_requests_total");
    expect(forwarded.statusCode).toBe(403);
  });

  test("each answer carries a request id, and headers that keep browsers from guessing", async () => {
    const { headers } = await hub.call({ url: "/" });

    expect(headers["x-request-id"]).toMatch(/^[\w-]{12}$/);
    expect(headers["x-content-type-options"]).toBe("nosniff");
    expect(headers["content-security-policy"]).toContain("default-src 'none'");
  });

  test("an address that a stranger claims is not believed", async () => {
    const { port } = hub.server.app.server.address() as AddressInfo;
    const { secret, id } = await hub.issue("ada", "personal_token");
    await new Promise<void>((resolve, reject) => {
      const request = httpRequest(
        {
          port,
          host: "127.0.0.1",
          path: "/api/mintmark/v1/session",
          headers: {
            authorization: `Bearer ${secret}`,
            "x-forwarded-for": "203.0.113.9",
            "user-agent": "probe/1",
          },
        },
        (response) => {
          response.resume();
          response.on("end", resolve);
        },
      );
      request.on("error", reject);
      request.end();
    });

    const credential = (await hub.call({ url: `${CREDENTIALS}/${id}`, bearer })).json();
    expect([credential.lastUsedFrom, credential.lastUsedAgent]).toEqual(["127.0.0.1", "probe/1"]);
  });
});
