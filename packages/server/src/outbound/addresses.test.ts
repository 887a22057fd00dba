import { describe, expect, test } from "vitest";
import { AddressRules } from "./addresses.ts";

const rules = new AddressRules([]);

describe("addresses that the hub connects to", () => {
  test.for([
    "0.0.0.0",
    "10.0.0.1",
    "100.64.0.1",
    "100.127.255.255",
    "127.0.0.1",
    "127.255.255.254",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "224.0.0.1",
    "239.255.255.255",
    "255.255.255.255",
    "::",
    "::1",
    "fe80::1",
    "fe80::1%eth0",
    "febf::1",
    "fc00::1",
    "fd12:3456::1",
    "ff02::1",
    "::ffff:127.0.0.1",
    "::ffff:7f00:1",
    "::ffff:10.1.2.3",
    "::ffff:0:169.254.169.254",
    "64:ff9b::10.0.0.1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::1",
    "::127.0.0.1",
    "2002:7f00:1::",
    "2001::1",
    "localhost",
    "",
  ])("%s is not one of them", (address) => {
    expect(rules.permits(address)).toBe(false);
  });

  test.for([
    "1.1.1.1",
    "9.255.255.255",
    "11.0.0.0",
    "100.63.255.255",
    "100.128.0.0",
    "126.255.255.255",
    "128.0.0.0",
    "172.15.255.255",
    "172.32.0.0",
    "192.167.255.255",
    "203.0.113.7",
    "223.255.255.255",
    "2606:4700::1111",
    "::ffff:1.1.1.1",
    "64:ff9b::1.1.1.1",
    "2002:101:101::",
  ])("%s is one of them", (address) => {
    expect(rules.permits(address)).toBe(true);
  });

  test("what the operator lists is allowed in every form, and nothing next to it", () => {
    const listed = new AddressRules(["10.1.0.0/16", "fd00:1::/32", "::1/128"]);

    expect(
      ["10.1.2.3", "::ffff:10.1.2.3", "64:ff9b::10.1.2.3", "fd00:1::5", "::1"].map((one) =>
        listed.permits(one),
      ),
    ).toEqual([true, true, true, true, true]);
    expect(
      ["10.2.0.1", "::ffff:10.2.0.1", "fd00:2::5", "127.0.0.1"].map((one) => listed.permits(one)),
    ).toEqual([false, false, false, false]);
  });
});
