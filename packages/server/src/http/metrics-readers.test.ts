import { afterEach, expect, test } from "vitest";
import { createHarness, type Harness } from "../testing/harness.ts";

let hub: Harness;

afterEach(() => hub.close());

async function statusFor(trustedProxies: readonly string[], headers: Record<string, string>) {
  hub = await createHarness({ trustedProxies });
  return (await hub.call({ url: "/metrics", headers })).statusCode;
}

// Tests come from 127.0.0.1. Some proxies write the port behind the address that they forward.
test.each([
  ["the machine itself", ["127.0.0.1"], {}, 200],
  ["a neighbour behind a trusted proxy", ["127.0.0.1"], { "x-forwarded-for": "127.0.0.2:4711" }, 200],
  ["a stranger behind a trusted proxy", ["127.0.0.1"], { "x-forwarded-for": "203.0.113.7:4711" }, 403],
  ["somebody whom a trusted proxy does not name", ["127.0.0.1"], { "x-forwarded-for": "unknown" }, 403],
  ["somebody behind a proxy that is not trusted", ["10.0.0.1"], { "x-forwarded-for": "127.0.0.1" }, 403],
] as const)("metrics are answered to %s as its address deserves", async (_who, trusted, headers, status) => {
  expect(await statusFor(trusted, headers)).toBe(status);
});
