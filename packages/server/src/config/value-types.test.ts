import { describe, expect, test } from "vitest";
import { OPTIONS, type OptionKey } from "./options.ts";

function parse(key: OptionKey, text: string): unknown {
  return OPTIONS[key].type.parse(text);
}

const KEY = Buffer.alloc(32, 0xfb);

describe("what an option takes", () => {
  test.each<[OptionKey, string, unknown]>([
    ["port", "0", 0],
    ["port", "65535", 65_535],
    ["host", "hub.example.com", "hub.example.com"],
    ["host", "[::1]", "::1"],
    ["publicUrl", "https://hub.example.com/", "https://hub.example.com"],
    ["publicUrl", "HTTPS://Hub.example.com:443/tokens//", "https://hub.example.com/tokens"],
    ["trustedProxies", "", []],
    [
      "trustedProxies",
      "10.0.0.0/8, 192.0.2.1,2001:db8::/32",
      ["10.0.0.0/8", "192.0.2.1/32", "2001:db8::/32"],
    ],
    ["metricsAllow", "any", "any"],
    ["metricsAllow", "192.0.2.0/24", ["192.0.2.0/24"]],
    ["galaxyPrefix", "/pulp/api/", "/pulp/api"],
    ["galaxyPrefix", "/api/automation-hub", "/api/automation-hub"],
    ["galaxyPrefix", "/api/v10", "/api/v10"],
    ["realm", "My_realm.2-x", "My_realm.2-x"],
    ["offlineIdleMs", "never", null],
    ["registryTokenLifetimeMs", "1m", 60_000],
    ["registryServices", "registry.example.com:5000, b,b", ["registry.example.com:5000", "b"]],
    ["logLevel", "silent", "silent"],
    ["registryKid", "rfc7638", "rfc7638"],
    ["masterKey", KEY.toString("base64"), { current: 1, keys: new Map([[1, KEY]]) }],
    ["masterKey", KEY.toString("base64url"), { current: 1, keys: new Map([[1, KEY]]) }],
    [
      "masterKey",
      `v2:${KEY.toString("base64")},v1:${KEY.toString("base64url")}`,
      {
        current: 2,
        keys: new Map([
          [2, KEY],
          [1, KEY],
        ]),
      },
    ],
    [
      "masterKey",
      `v1:${KEY.toString("base64")}\nv2:${KEY.toString("base64")}`,
      {
        current: 1,
        keys: new Map([
          [1, KEY],
          [2, KEY],
        ]),
      },
    ],
  ])("%s takes %j", (key, text, value) => {
    expect(parse(key, text)).toEqual(value);
  });

  test.each([
    "postgres://db/mint",
    "postgresql://u:p%40ss@db:5432/mint?sslmode=require",
    "postgres:///mint?host=/run",
  ])("%s is a database", (text) => {
    expect(OPTIONS.databaseUrl.type.parse(text)?.reveal()).toBe(text);
  });

  test("a password counts by its bytes", () => {
    expect(parse("adminPassword", "é".repeat(6))).toBeDefined();
    expect(parse("adminPassword", "x".repeat(1024))).toBeDefined();
    expect(parse("adminPassword", "é".repeat(513))).toBeUndefined();
    expect(parse("adminPassword", "elevenchars")).toBeUndefined();
  });
});

describe("what an option refuses", () => {
  test.each<[OptionKey, readonly string[]]>([
    ["port", ["", "-1", "65536", "80 ", "8e1", "0x50", "http"]],
    ["host", ["", "10.0.0.256", "a b", "http://hub", "hub:80", "-hub", "under_score", "[hub]"]],
    [
      "publicUrl",
      [
        "hub.example.com",
        "ftp://hub",
        "http://",
        "http:///hub",
        "http:hub",
        "https://u:p@hub",
        "https://u@hub",
        "https://hub?",
        "https://hub?a=b",
        "https://hub#a",
        "https://hub:99999",
        " https://hub",
        "https:\\\\hub",
      ],
    ],
    ["dataDir", ["", " ", "a\0b"]],
    [
      "databaseUrl",
      ["", "sqlite:///x", "postgres:/db", "postgresx://db", "db/mint", "postgres://u:p#ss@db/x"],
    ],
    [
      "trustedProxies",
      [
        "loopback",
        "10.0.0.0/33",
        "::/129",
        "10.0.0.0/8/8",
        "10.0.0.0/",
        "10/8",
        "10.0.0.1,,",
        "any",
        "fe80::1%eth0",
      ],
    ],
    ["metricsAllow", ["any,10.0.0.0/8", "all"]],
    ["galaxyPrefix", ["", "/", "api/galaxy", "/a//b", "/a/../b", "/a?b", "/a/:b", "/a/*", "/a b"]],
    [
      "galaxyPrefix",
      [
        "/api",
        "/api/mintmark",
        "/api/mintmark/v1",
        "/api/v1",
        "/auth/x",
        "/AUTH",
        "/oauth",
        "/v2/",
        "/verify",
        // What lies below the fixed prefix of the Galaxy API would share the tree of its routes.
        "/api/automation-hub/content/published",
        "/device",
        "/admin",
        "/overview",
        "/registry",
        "/csrf_token",
        "/identity",
        "/siusermgr",
        "/.well-known",
        "/console-assets",
        "/healthz/x",
      ],
    ],
    ["realm", ["", ".", "..", "a/b", "a b", "é", "x".repeat(65)]],
    ["accessTokenLifetimeMs", ["never", "0s", "15"]],
    ["registryTokenLifetimeMs", ["59s", "never"]],
    ["registryServices", ["", ",", "a,,b", "a b", "é"]],
    ["logLevel", ["INFO", "verbose", ""]],
    ["indexEntries", ["0", "-1", "1e5", "10000001"]],
    [
      "masterKey",
      [
        "",
        Buffer.alloc(31).toString("base64"),
        Buffer.alloc(33).toString("base64"),
        "f".repeat(64),
        `${"+_".repeat(21)}A`,
      ],
    ],
  ])("%s refuses each of %j", (key, texts) => {
    expect(texts.filter((text) => parse(key, text) !== undefined)).toEqual([]);
  });
});
