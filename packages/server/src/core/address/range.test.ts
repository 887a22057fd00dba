import { isIP } from "node:net";
import fc from "fast-check";
import { expect, test } from "vitest";
import { holdsAddress, parseAddress, parseRange } from "./range.ts";

test("an address is read exactly when Node reads it, whatever its spelling", () => {
  const texts = fc.oneof(
    fc.ipV4(),
    fc.ipV6(),
    fc.stringMatching(/^[0-9a-f:.]{0,20}$/),
    fc.constantFrom(
      "::",
      "::1",
      "1::",
      "::ffff:1.2.3.4",
      "1:2:3:4:5:6:7::",
      "1.2.3.4.5",
      "01.2.3.4",
      ":1",
      "1:::2",
    ),
  );
  fc.assert(
    fc.property(texts, (text) => {
      expect(parseAddress(text) !== null).toBe(isIP(text) !== 0);
    }),
  );
});

test.each([
  ["10.0.0.0/8", "10.255.0.1", true],
  ["10.0.0.0/8", "::ffff:10.0.0.1", true],
  ["::ffff:10.0.0.0/104", "10.1.1.1", true],
  ["10.0.0.0/8", "11.0.0.0", false],
  ["0.0.0.0/0", "::1", false],
  ["::/0", "2001:db8::1", true],
  ["::/0", "10.0.0.1", false],
  ["2001:db8::/33", "2001:db8:8000::", false],
  ["192.0.2.7", "192.0.2.7", true],
  ["192.0.2.7", "192.0.2.8", false],
])("%s with %s: %s", (range, address, expected) => {
  const [read, bytes] = [parseRange(range), parseAddress(address)];
  expect(read && bytes && holdsAddress(read, bytes)).toBe(expected);
});

test.each([
  "10.1.2.3/8",
  "10.0.0.0/33",
  "10.0.0.0/-1",
  "10.0.0.0/08",
  "::1/64",
  "10.0.0.0/8/8",
  "x",
  "",
  "/8",
  "1.2.3.4/",
])("%j is no range", (text) => {
  expect(parseRange(text)).toBeNull();
});
