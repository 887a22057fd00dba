import { describe, expect, test } from "vitest";
import { configOf, DATABASE, KEY, load, mistakesOf, yaml } from "../testing/given-config.ts";
import { renderMistakes } from "./mistakes.ts";

test("without anything given, the documented defaults hold", () => {
  const minutes = 60_000;
  const hours = 60 * minutes;
  expect(configOf({})).toEqual({
    configFile: undefined,
    auditStream: undefined,
    mailUrl: undefined,
    mailFrom: undefined,
    mailTemplates: undefined,
    localSignIn: "on",
    oidcIssuer: undefined,
    oidcClientId: undefined,
    oidcClientSecret: undefined,
    oidcScopes: "openid profile email groups",
    oidcName: "single sign-on",
    oidcUsernameClaim: "preferred_username",
    oidcGroupsClaim: "groups",
    oidcAdminGroup: undefined,
    oidcAuditorGroup: undefined,
    oidcRequiredGroup: undefined,
    oidcRecheckMs: hours,
    ldapUrl: undefined,
    ldapBindDn: undefined,
    ldapBindPassword: undefined,
    ldapBase: undefined,
    ldapFilter: "(uid={username})",
    ldapGroupAttribute: "memberOf",
    ldapAdminGroup: undefined,
    ldapAuditorGroup: undefined,
    ldapRequiredGroup: undefined,
    ldapRecheckMs: hours,
    ldapCaFile: undefined,
    touch: "allow",
    warnBefore: [
      { text: "30d", ms: 30 * 24 * hours },
      { text: "7d", ms: 7 * 24 * hours },
      { text: "1d", ms: 24 * hours },
    ],
    warnIdle: [
      { text: "50%", share: 0.5 },
      { text: "75%", share: 0.75 },
      { text: "90%", share: 0.9 },
    ],
    outboundAllow: [],
    replaceOverlapMs: 0,
    deliveryRetriesMs: [
      5 * 1000,
      5 * minutes,
      30 * minutes,
      2 * hours,
      5 * hours,
      10 * hours,
      14 * hours,
      20 * hours,
      24 * hours,
    ],
    host: "127.0.0.1",
    port: 8080,
    publicUrl: "http://127.0.0.1:8080",
    dataDir: "./data",
    databaseUrl: undefined,
    masterKey: undefined,
    adminPassword: undefined,
    trustedProxies: [],
    metricsAllow: ["127.0.0.0/8", "::1/128"],
    indexEntries: 1_000_000,
    sessionLifetimeMs: 12 * hours,
    freshLoginMs: 10 * minutes,
    realm: "redhat-external",
    offlineIdleMs: 30 * 24 * hours,
    accessTokenLifetimeMs: 15 * minutes,
    galaxyPrefix: "/api/galaxy",
    uploadBytesMax: 100e6,
    corsOrigins: [],
    realmAlgorithm: "RS256",
    appTokenExpirationMs: null,
    appTokenReveal: "once",
    registryServices: ["mintmark-registry"],
    registryTokenLifetimeMs: 5 * minutes,
    credentialsPerOwner: 1_000,
    registryKid: "libtrust",
    registryHosts: [],
    registryIdentityTokens: "on",
    apiKeyExpirationMs: null,
    zenTokenLifetimeMs: 12 * hours,
  });
});

describe("what goes out", () => {
  const mistakenIn = (env: Record<string, string>) => {
    const outcome = load({ env });
    return outcome.outcome === "mistakes" ? outcome.mistakes.map(({ option }) => option) : [];
  };

  test("a mail server without a sender is a mistake", () => {
    expect(mistakenIn({ MINTMARK_MAIL_URL: "smtp://mail.example.com" })).toEqual(["MINTMARK_MAIL_FROM"]);
    expect(
      mistakenIn({
        MINTMARK_MAIL_URL: "smtps://u:p@mail.example.com",
        MINTMARK_MAIL_FROM: "Mintmark <hub@example.com>",
      }),
    ).toEqual([]);
  });

  test.for([
    ["MINTMARK_MAIL_URL", "http://mail.example.com"],
    ["MINTMARK_MAIL_FROM", "nobody"],
    ["MINTMARK_MAIL_FROM", "a@example.com, b@example.com"],
    ["MINTMARK_DELIVERY_RETRIES", ""],
    ["MINTMARK_DELIVERY_RETRIES", "1s,soon"],
    ["MINTMARK_WARN_BEFORE", "7"],
    ["MINTMARK_WARN_IDLE", "0%"],
    ["MINTMARK_WARN_IDLE", "100%"],
    ["MINTMARK_TOUCH", "maybe"],
    ["MINTMARK_OUTBOUND_ALLOW", "10.0.0.0/33"],
    ["MINTMARK_AUDIT_STREAM", "syslog+tcp://host:1"],
    ["MINTMARK_AUDIT_STREAM", "file:relative"],
    ["MINTMARK_AUDIT_STREAM", "syslog://user@host:1"],
  ] as const)("%s=%s is a mistake", ([name, value]) => {
    expect(mistakenIn({ [name]: value, MINTMARK_MAIL_FROM: "a@example.com", ...{ [name]: value } })).toEqual([
      name,
    ]);
  });

  test("the audit stream goes to a file or a syslog server", () => {
    const streamOf = (value: string) => configOf({ env: { MINTMARK_AUDIT_STREAM: value } }).auditStream;

    expect(streamOf("file:/var/log/audit.jsonl")).toEqual({ to: "file", path: "/var/log/audit.jsonl" });
    expect(streamOf("syslog+tls://log.example.com")).toEqual({
      to: "syslog",
      host: "log.example.com",
      port: 6514,
      tls: true,
    });
    expect(streamOf("syslog://[::1]:80")).toEqual({ to: "syslog", host: "::1", port: 80, tls: false });
  });
});

describe("which source wins", () => {
  const files = { "hub.yaml": "port: 3\nhost: ::1\nrealm: from-file\n" };
  const env = { MINTMARK_CONFIG: "hub.yaml", MINTMARK_PORT: "2", MINTMARK_HOST: "::2" };

  test("a flag wins over the environment, that over the file, that over the default", () => {
    const config = configOf({ flags: ["--port", "1"], env, files });
    expect(config).toMatchObject({ port: 1, host: "::2", realm: "from-file", logLevel: undefined });
  });

  test("the file that a flag names wins over the one of the environment", () => {
    const config = configOf({
      flags: ["--config=other.yaml"],
      env: { MINTMARK_CONFIG: "hub.yaml" },
      files: { ...files, "other.yaml": "port: 4" },
    });
    expect(config).toMatchObject({ port: 4, realm: "redhat-external" });
  });

  test("a secret's file wins over YAML and gives way to a flag", () => {
    const given = {
      env: { MINTMARK_CONFIG: "hub.yaml", MINTMARK_ADMIN_PASSWORD_FILE: "/run/password" },
      files: { "hub.yaml": "admin_password: from yaml, twelve", "/run/password": "from file, twelve\n" },
    };
    expect(configOf(given).adminPassword?.reveal()).toBe("from file, twelve");
    const flagged = { ...given, flags: ["--admin-password=from flag, twelve"] };
    expect(configOf(flagged).adminPassword?.reveal()).toBe("from flag, twelve");
  });

  test("a value that is overruled is not judged", () => {
    expect(configOf({ flags: ["--port", "1"], env: { MINTMARK_PORT: "many" } }).port).toBe(1);
  });
});

test("all mistakes of all sources are told at once", () => {
  const mistakes = mistakesOf({
    flags: ["--port", "70000", "--prot=1", "serve", "--log-level"],
    env: {
      MINTMARK_CONFIG: "hub.yaml",
      MINTMARK_OFFLINE_IDEL: "1d",
      MINTMARK_FRESH_LOGIN: "never",
      MINTMARK_DATABASE_URL: "mysql://db/mint",
      MINTMARK_ADMIN_PASSWORD_FILE: "/run/missing",
    },
    files: { "hub.yaml": "relam: x\nregistry_kid: sha1\ngalaxy_prefix: { a: b }\n" },
  });
  expect(renderMistakes(mistakes)).toMatchInlineSnapshot(`
    "Mintmark does not start: 12 mistakes in its configuration.

      --prot  (command line)
        found:    a flag that is not known
        allowed:  the flags that --help lists, each followed by its value; did you mean --port?

      argument 4  (command line)
        found:    a word that belongs to no flag
        allowed:  the flags that --help lists, each followed by its value

      MINTMARK_LOG_LEVEL  (flag --log-level)
        found:    no value
        allowed:  --log-level once, with a value (--log-level=… where it begins with --)

      MINTMARK_OFFLINE_IDEL  (environment)
        found:    a variable that is not known
        allowed:  options only, where a name begins with MINTMARK_; did you mean MINTMARK_OFFLINE_IDLE?

      relam  (yaml hub.yaml)
        found:    a key that is not known
        allowed:  the names of options, in lower case and without MINTMARK_; did you mean realm?

      MINTMARK_GALAXY_PREFIX  (yaml hub.yaml)
        found:    a nested value
        allowed:  a plain value

      MINTMARK_PORT  (flag --port)
        found:    "70000"
        allowed:  a whole number from 0 to 65535

      MINTMARK_DATABASE_URL  (environment)
        found:    [secret]
        allowed:  a URL that begins with postgres:// or postgresql://

      MINTMARK_ADMIN_PASSWORD_FILE  (environment)
        found:    a file that cannot be read (ENOENT): "/run/missing"
        allowed:  the path of a file that holds the secret

      MINTMARK_FRESH_LOGIN  (environment)
        found:    "never"
        allowed:  a whole number from 1 and s, m, h, d or w (\`90s\`, \`15m\`, \`12h\`, \`30d\`, \`2w\`), at most 100 years

      MINTMARK_REGISTRY_KID  (yaml hub.yaml)
        found:    "sha1"
        allowed:  one of libtrust, rfc7638

      MINTMARK_MASTER_KEY  (nowhere)
        found:    nothing
        allowed:  exactly 32 bytes in base64, standard or URL-safe (\`openssl rand -base64 32\` makes one), or several versions of it, the current one first: \`v2:<base64>,v1:<base64>\`: required when MINTMARK_DATABASE_URL is set
    "
  `);
});

describe("rules between options", () => {
  const shared = { MINTMARK_DATABASE_URL: DATABASE };

  test("a shared database needs the master key", () => {
    expect(mistakesOf({ env: shared })).toMatchObject([{ option: "MINTMARK_MASTER_KEY", found: "nothing" }]);
    expect(mistakesOf({ env: { MINTMARK_DATABASE_URL_FILE: "/u" }, files: { "/u": DATABASE } })).toHaveLength(
      1,
    );
    const env = { ...shared, MINTMARK_MASTER_KEY_FILE: "/k" };
    expect(configOf({ env, files: { "/k": KEY.toString("base64") } }).masterKey).toEqual({
      current: 1,
      keys: new Map([[1, KEY]]),
    });
  });

  test("the public URL follows from host and port", () => {
    expect(configOf({ flags: ["--port", "90"] }).publicUrl).toBe("http://127.0.0.1:90");
    expect(configOf({ flags: ["--host", "::1"] }).publicUrl).toBe("http://[::1]:8080");
  });

  test("with port 0 the public URL is open until the server listens, unless it was given", () => {
    expect(configOf({ flags: ["--port", "0"] }).publicUrl).toBeUndefined();
    expect(configOf({ flags: ["--port", "0", "--public-url", "https://hub"] }).publicUrl).toBe("https://hub");
  });
});

describe("flags", () => {
  test("help and version come before any mistake", () => {
    expect(load({ flags: ["--prot", "--help"], env: { MINTMARK_PORT: "x" } })).toEqual({ outcome: "help" });
    expect(load({ flags: ["--version"], env: { MINTMARK_PORT: "x" } })).toEqual({ outcome: "version" });
  });

  test("a value may hold equals signs and begin with a hyphen", () => {
    expect(configOf({ flags: ["--data-dir=/a=b"] }).dataDir).toBe("/a=b");
    expect(configOf({ flags: ["--data-dir=--odd"] }).dataDir).toBe("--odd");
    expect(configOf({ flags: ["--data-dir", "-odd"] }).dataDir).toBe("-odd");
  });

  test("a flag is given once and with a value", () => {
    expect(mistakesOf({ flags: ["--port", "1", "--port", "2"] })).toMatchObject([
      { option: "MINTMARK_PORT", source: "flag --port", found: "the flag more than once" },
    ]);
    expect(mistakesOf({ flags: ["--port", "--realm", "x"] })).toMatchObject([
      { option: "MINTMARK_PORT", found: "no value" },
    ]);
  });

  test("an empty value is a mistake, not the default", () => {
    expect(
      mistakesOf({ flags: ["--port="], env: { MINTMARK_DATABASE_URL: "", MINTMARK_CONFIG: "" } }),
    ).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ option: "MINTMARK_PORT", found: "an empty value" }),
        expect.objectContaining({ option: "MINTMARK_DATABASE_URL", found: "[secret]" }),
        expect.objectContaining({ option: "MINTMARK_CONFIG", found: "an empty value" }),
      ]),
    );
  });
});

test("what Kubernetes puts next to a Service called mintmark is explained", () => {
  const env = { MINTMARK_PORT: "tcp://10.0.0.1:80", MINTMARK_SERVICE_HOST: "10.0.0.1" };
  const mistakes = mistakesOf({ env });
  expect(mistakes.map(({ option }) => option)).toEqual(["MINTMARK_PORT", "MINTMARK_SERVICE_HOST"]);
  expect(mistakes.every(({ allowed }) => allowed.includes("enableServiceLinks: false"))).toBe(true);
});

describe("the YAML file", () => {
  test("takes short names, full names and sequences, and keeps values as they are written", () => {
    const text =
      'port: 81\nMINTMARK_REALM: 0123\noffline_idle: never\ntrusted_proxies: [10.0.0.0/8, "::1"]\nregistry_services:\n  - a\n  - b\n';
    const config = configOf(yaml(text));
    expect(config).toMatchObject({
      port: 81,
      realm: "0123",
      offlineIdleMs: null,
      trustedProxies: ["10.0.0.0/8", "::1/128"],
      registryServices: ["a", "b"],
    });
  });

  test.each(["", "# nothing yet\n", "---\n"])("may be as empty as %j", (text) => {
    expect(configOf(yaml(text)).port).toBe(8080);
  });

  test("that is missing is a mistake", () => {
    expect(mistakesOf({ flags: ["--config", "gone.yaml"] })).toMatchObject([
      { option: "MINTMARK_CONFIG", source: "yaml gone.yaml", found: "a file that cannot be read (ENOENT)" },
    ]);
  });

  test.each([
    ["port: 1\nport: 2", "broken YAML at line 2, column 1 (DUPLICATE_KEY)"],
    ["port: 1\nMINTMARK_PORT: 2", "the option under both of its names"],
    ["port:", "an empty value"],
    ["port: [1]", "a nested value"],
    ["trusted_proxies: [[10.0.0.0/8]]", "a nested value"],
    ["config: other.yaml", "a file that names another"],
    ["- port", "something that is no mapping"],
    ["public-url: http://hub", "a key that is not known"],
  ])("%j is refused", (text, found) => {
    expect(mistakesOf(yaml(text))).toMatchObject([{ source: "yaml hub.yaml", found }]);
  });

  test("with a key of another spelling leads to the right one", () => {
    expect(mistakesOf(yaml("public-url: http://hub"))[0]?.allowed).toContain("did you mean public_url?");
  });
});
