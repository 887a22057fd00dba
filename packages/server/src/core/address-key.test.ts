import { expect, test } from "vitest";
import { addressKey } from "./address-key.ts";

// A guesser who is counted under several names has several times the guesses.
test.each([
  ["203.0.113.7", "203.0.113.7"],
  ["203.0.113.7:4711", "203.0.113.7"],
  ["::ffff:203.0.113.7", "203.0.113.7"],
  ["::FFFF:cb00:7107", "203.0.113.7"],
  ["[::ffff:203.0.113.7]:4711", "203.0.113.7"],
  ["64:ff9b::203.0.113.7", "203.0.113.7"],
  ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
  ["2001:DB8:0001:2::99", "2001:db8:1:2::/64"],
  ["[2001:db8:1:2::1]", "2001:db8:1:2::/64"],
  ["[2001:db8:1:2::1]:65535", "2001:db8:1:2::/64"],
  ["2001:db8:1:2::1%eth0", "2001:db8:1:2::/64"],
  ["::1", "0:0:0:0::/64"],
  ["fe80::1%en0", "fe80:0:0:0::/64"],
])("%s counts as %s", (address, key) => {
  expect(addressKey(address)).toBe(key);
});

test("neighbours in one /64 count together, those of two networks apart", () => {
  expect(addressKey("2001:db8::1")).toBe(addressKey("2001:db8::ffff:ffff:ffff:ffff"));
  expect(addressKey("2001:db8::1")).not.toBe(addressKey("2001:db8:0:1::1"));
});

test.each([
  null,
  "",
  "unknown",
  "_hidden",
  "x".repeat(3_000),
  "1.2.3",
  "1.2.3.999",
  ":::",
  "[",
  "a:b",
  "1:2",
])("%j is no address and shares the count of all such", (text) => {
  expect(addressKey(text)).toBe("unknown");
});
