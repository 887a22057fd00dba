import { describe, expect, test } from "vitest";
import { CLOUD_SERVICES } from "../client/client.ts";
import { isLoginName, KIND_NAMES, KINDS, kindsUnder } from "./kinds.ts";

describe("the table of kinds", () => {
  test("gives each kind a mark of its own, so that a secret tells its kind", () => {
    expect(new Set(KIND_NAMES.map((kind) => KINDS[kind].mark)).size).toBe(KIND_NAMES.length);
  });

  test("lets $app stand for an application token's owner, and for nothing else", () => {
    expect(isLoginName("$app")).toBe(true);
    expect(isLoginName("ada")).toBe(false);
    expect(KIND_NAMES.filter((kind) => KINDS[kind].loginName === "$app")).toEqual(["app_token"]);
  });

  test("names the kinds whose age MINTMARK_API_KEY_EXPIRATION bounds", () => {
    expect(kindsUnder("apiKeyExpirationMs")).toEqual(["platform_key", "instance_key"]);
    expect(kindsUnder("appTokenExpirationMs")).toEqual(["app_token"]);
  });

  // A kind that could be widened at creation would open the systems of the other kinds.
  test("keeps every kind but the personal token within its own scopes", () => {
    expect(KIND_NAMES.filter((kind) => !KINDS[kind].scopesWithinDefault)).toEqual(["personal_token"]);
  });

  test("lets services introspect with personal tokens alone", () => {
    expect(KIND_NAMES.filter((kind) => KINDS[kind].introspects)).toEqual(["personal_token"]);
  });

  test("names automation hub's client for offline tokens", () => {
    expect(KIND_NAMES.filter((kind) => KINDS[kind].client === CLOUD_SERVICES)).toEqual(["offline_token"]);
  });
});
