import { describe, expect, test } from "vitest";
import { parseScope, type Scope } from "../authority/scope.ts";
import { grantedNamespaces, isUsername, usernameKey } from "./account.ts";

describe("account names", () => {
  test.each(["a", "Ada.Lovelace@example.org", "0", "a+b~c#d:e-f_g", "x".repeat(64)])("%j is one", (name) => {
    expect(isUsername(name)).toBe(true);
  });

  test.each(["", " ", "-a", ".a", "_a", "a b", "é", "a/b", "a$", "x".repeat(65), "a\n", "a\u0000", "$app"])(
    "%j is none",
    (name) => {
      expect(isUsername(name)).toBe(false);
    },
  );

  test("are compared without regard to case", () => {
    expect(usernameKey("Ada.L")).toBe(usernameKey("aDA.l"));
  });
});

test("a grant gives a namespace away where it names one, and not where it is a pattern", () => {
  const scopes = [
    "repository:team/app:pull",
    "repository:other/*:pull",
    "repository:*:pull",
    "repository:te*/app:pull",
    "repository:single:pull",
    "repository:Upper/app:pull",
    "collection:acme.tools:upload",
  ].map((text) => parseScope(text) as Scope);
  expect(grantedNamespaces(scopes)).toEqual(["team", "other"]);
});
