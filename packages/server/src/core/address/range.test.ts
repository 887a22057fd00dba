import { isIP } from "node:net";
import fc from "fast-check";
import { expect, test } from "vitest";
import { addressKey, holdsAddress, holdsRange, parseAddress, parseRange, rangeKeys } from "./range.ts";

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

test("a range holds another exactly if it holds the first and the last address of it", () => {
  const prefixes = fc.tuple(fc.nat(0xffffffff), fc.integer({ min: 0, max: 32 })).map(([bits, prefix]) => {
    const mask = prefix === 0 ? 0 : (0xffffffff << (32 - prefix)) >>> 0;
    const network = (bits & mask) >>> 0;
    return `${[24, 16, 8, 0].map((shift) => (network >>> shift) & 255).join(".")}/${prefix}`;
  });
  fc.assert(
    fc.property(prefixes, prefixes, (one, other) => {
      const [outer, inner] = [parseRange(one), parseRange(other)];
      expect(outer && inner).not.toBeNull();
      if (outer && inner) {
        const [outerKeys, innerKeys] = [rangeKeys(outer), rangeKeys(inner)];
        const holds = outerKeys.first <= innerKeys.first && innerKeys.last <= outerKeys.last;
        expect(holdsRange(outer, inner)).toBe(holds);
      }
    }),
  );
});

test("the key of an address lies between the keys of a range that holds it", () => {
  const range = parseRange("10.2.0.0/15");
  const keys = range && rangeKeys(range);
  for (const [address, inside] of [
    ["10.2.0.0", true],
    ["10.3.255.255", true],
    ["10.4.0.0", false],
    ["::ffff:10.3.1.1", true],
  ] as const) {
    const key = addressKey(address) ?? "";
    expect(keys !== null && keys.first <= key && key <= keys.last, address).toBe(inside);
  }
  expect(addressKey("fe80::1%eth0")).toBe(addressKey("fe80::1"));
  expect(addressKey("somewhere")).toBeNull();
});
