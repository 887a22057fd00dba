import { expect, test } from "vitest";
import { plainAddress } from "./plain-address.ts";

test.each([
  ["203.0.113.7", "203.0.113.7"],
  ["203.0.113.7:4711", "203.0.113.7"],
  ["::ffff:203.0.113.7", "203.0.113.7"],
  ["[2001:DB8::1]:4711", "2001:db8::1"],
  ["[2001:db8::1]", "2001:db8::1"],
  ["2001:db8::1", "2001:db8::1"],
])("%s is the address %s", (text, address) => {
  expect(plainAddress(text)).toBe(address);
});

test.each([
  "unknown",
  "_hidden",
  "",
  "x".repeat(3_000),
  "203.0.113.7 ",
  "203.0.113",
  "fe80::1%eth0",
  "a\r\nb",
])("%j is no address", (text) => {
  expect(plainAddress(text)).toBeNull();
});
