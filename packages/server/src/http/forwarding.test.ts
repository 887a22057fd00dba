import type { IncomingMessage } from "node:http";
import { expect, test } from "vitest";
import { readForwarding } from "./forwarding.ts";

function from(remoteAddress: string, headers: Record<string, string>): IncomingMessage {
  return { socket: { remoteAddress }, headers } as unknown as IncomingMessage;
}

test("headers of a client are not believed, whatever they say", () => {
  const headers = {
    "x-forwarded-for": "203.0.113.7",
    "x-original-uri": "/admin",
    "x-forwarded-uri": "/admin",
  };
  for (const trusted of [[], ["10.0.0.0/8"]]) {
    const { addressOf, originalOf } = readForwarding(trusted);
    expect(addressOf(from("192.0.2.1", headers))).toBe("192.0.2.1");
    expect(originalOf(from("192.0.2.1", headers))).toBeNull();
  }
});

test("a trusted proxy tells the client's address, and which request it asks about", () => {
  const { addressOf, originalOf } = readForwarding(["10.0.0.0/8"]);
  const nginx = {
    "x-forwarded-for": "198.51.100.1, 203.0.113.7",
    "x-original-method": "PUT",
    "x-original-uri": "/a?b=c",
  };
  expect(addressOf(from("10.1.2.3", nginx))).toBe("203.0.113.7");
  expect(originalOf(from("10.1.2.3", nginx))).toBe("PUT /a?b=c");
  const caddy = { "x-forwarded-method": "GET", "x-forwarded-uri": "/x" };
  expect(originalOf(from("10.1.2.3", caddy))).toBe("GET /x");
  expect(originalOf(from("10.1.2.3", {}))).toBeNull();
});

test("what a proxy passes on cannot break out of its line, nor bring control characters", () => {
  const { originalOf } = readForwarding(["10.0.0.0/8"]);
  const told = originalOf(from("10.1.2.3", { "x-original-uri": `/a\r\nb ${"c".repeat(5000)}` }));
  expect(told).toMatch(/^\/abc+$/);
});

// A proxy that passes a client's header on lets the client choose what stands in the log and the audit.
test.each([
  ["unknown", "10.1.2.3"],
  ["_hidden", "10.1.2.3"],
  ["x".repeat(3_000), "10.1.2.3"],
  ["203.0.113.7, nonsense", "10.1.2.3"],
  ["nonsense, 203.0.113.7", "203.0.113.7"],
  ["203.0.113.7:4711", "203.0.113.7"],
  ["203.0.113.7:4711, 10.0.0.2:443", "203.0.113.7"],
  ["::ffff:203.0.113.7", "203.0.113.7"],
  ["[2001:db8::1]:443", "2001:db8::1"],
])("a proxy that tells of %j tells of the address %s", (told, address) => {
  const { addressOf } = readForwarding(["10.0.0.0/8"]);

  expect(addressOf(from("::ffff:10.1.2.3", { "x-forwarded-for": told }))).toBe(address);
});

// What an address opens stays shut in doubt: a proxy of this machine that nobody trusts speaks for strangers.
test.each([
  ["a direct request", [], "127.0.0.1", {}, "127.0.0.1"],
  ["a proxy that is not trusted", [], "127.0.0.1", { "x-forwarded-for": "127.0.0.1" }, null],
  ["the same next to a trusted one", ["10.0.0.0/8"], "127.0.0.1", { "x-forwarded-for": "10.0.0.1" }, null],
  ["a header that nobody reads", ["10.0.0.0/8"], "10.1.2.3", { forwarded: "for=127.0.0.1" }, null],
  ["a trusted proxy", ["10.0.0.0/8"], "10.1.2.3", { "x-forwarded-for": "127.0.0.1:4711" }, "127.0.0.1"],
  ["a trusted proxy that names nobody", ["10.0.0.0/8"], "10.1.2.3", { "x-forwarded-for": "unknown" }, null],
  [
    "a client's own header behind a trusted proxy",
    ["10.0.0.0/8"],
    "10.1.2.3",
    { "x-forwarded-for": "127.0.0.1, 203.0.113.7" },
    "203.0.113.7",
  ],
] as const)("%s proves the address that it proves", (_what, trusted, peer, headers, address) => {
  expect(readForwarding(trusted).provenAddressOf(from(peer, headers))).toBe(address);
});
