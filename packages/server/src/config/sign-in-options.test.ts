import { expect, test } from "vitest";
import { loadConfig } from "./load.ts";

const DIRECTORY = {
  MINTMARK_LDAP_URL: "ldaps://ldap.example.com",
  MINTMARK_LDAP_BASE: "dc=example,dc=com",
  MINTMARK_LDAP_BIND_DN: "cn=hub,dc=example,dc=com",
  MINTMARK_LDAP_BIND_PASSWORD: "long",
};

const load = (env: Readonly<Record<string, string | undefined>>) =>
  loadConfig({ argv: [], env, readFile: () => "no PEM" });

test("a directory and a provider with all they need are no mistakes", () => {
  const provider = {
    MINTMARK_OIDC_ISSUER: "https://sso.example.com/realms/acme",
    MINTMARK_OIDC_CLIENT_ID: "hub",
    MINTMARK_OIDC_SCOPES: "openid offline_access",
    MINTMARK_LDAP_FILTER: "(&(objectClass=person)(|(uid={username})(mail={username})))",
  };
  expect(load({ ...DIRECTORY, ...provider }).outcome).toBe("config");
  const anonymous = { MINTMARK_LDAP_BIND_DN: undefined, MINTMARK_LDAP_BIND_PASSWORD: undefined };
  expect(load({ ...DIRECTORY, ...anonymous }).outcome).toBe("config");
});

test.each([
  ["a directory without a base", "MINTMARK_LDAP_BASE", { MINTMARK_LDAP_BASE: undefined }],
  ["a base without a directory", "MINTMARK_LDAP_URL", { MINTMARK_LDAP_URL: undefined }],
  [
    "a name to bind as without its password",
    "MINTMARK_LDAP_BIND_PASSWORD",
    { MINTMARK_LDAP_BIND_PASSWORD: undefined },
  ],
  ["a password without the name to bind as", "MINTMARK_LDAP_BIND_DN", { MINTMARK_LDAP_BIND_DN: undefined }],
  [
    "a filter that finds one person for every name",
    "MINTMARK_LDAP_FILTER",
    { MINTMARK_LDAP_FILTER: "(uid=ada)" },
  ],
  ["a filter without parentheses", "MINTMARK_LDAP_FILTER", { MINTMARK_LDAP_FILTER: "uid={username}" }],
  ["two filters in a row", "MINTMARK_LDAP_FILTER", { MINTMARK_LDAP_FILTER: "(a=b)(uid={username})" }],
  ["a filter with an open end", "MINTMARK_LDAP_FILTER", { MINTMARK_LDAP_FILTER: "(&(a=b)(uid={username})" }],
  ["a URL with a password in it", "MINTMARK_LDAP_URL", { MINTMARK_LDAP_URL: "ldaps://cn=a:b@ldap.test" }],
  [
    "an authority's file without a certificate",
    "MINTMARK_LDAP_CA_FILE",
    { MINTMARK_LDAP_CA_FILE: "/ca.pem" },
  ],
  [
    "a provider over plain http",
    "MINTMARK_OIDC_ISSUER",
    { MINTMARK_OIDC_ISSUER: "http://sso.test", MINTMARK_OIDC_CLIENT_ID: "hub" },
  ],
  ["a provider without a client", "MINTMARK_OIDC_CLIENT_ID", { MINTMARK_OIDC_ISSUER: "https://sso.test" }],
  ["a client without a provider", "MINTMARK_OIDC_ISSUER", { MINTMARK_OIDC_CLIENT_ID: "hub" }],
  ["scopes without openid", "MINTMARK_OIDC_SCOPES", { MINTMARK_OIDC_SCOPES: "profile email" }],
  ["a word for the local form that is none", "MINTMARK_LOCAL_SIGN_IN", { MINTMARK_LOCAL_SIGN_IN: "off" }],
])("%s is a mistake of %s", (_what, option, change) => {
  const outcome = load({ ...DIRECTORY, ...change });
  expect(outcome).toMatchObject({ outcome: "mistakes", mistakes: [{ option }] });
});
