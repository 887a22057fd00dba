import { describe, expect, test } from "vitest";
import { isHeld, reachOf } from "./scope-reach.ts";

const HELD = [
  "collection:acme.*:upload,download",
  "repository:ada/*:*",
  "collection:*:download",
  "user:admin",
];

describe("a scope reaches", () => {
  test("no more than its owner holds", () => {
    expect(reachOf("*:*:*", ["repository:ada/*:*", "user:admin"])).toEqual(["repository:ada/*:*"]);
    expect(reachOf("repository:*:*", HELD)).toEqual(["repository:ada/*:*"]);
    expect(reachOf("collection:acme.tools:*", HELD)).toEqual(["collection:acme.tools:upload,download"]);
  });

  test("itself, where the owner holds more", () => {
    expect(reachOf("repository:ada/app:pull", HELD)).toEqual(["repository:ada/app:pull"]);
    expect(isHeld("repository:ada/app:pull", HELD)).toBe(true);
    expect(isHeld("repository:ada/app:pull", ["*:*:*"])).toBe(true);
  });

  test("nothing that belongs to others, and no part of a name", () => {
    expect(reachOf("repository:other/app:pull", HELD)).toEqual([]);
    expect(reachOf("repository:adams/app:pull", HELD)).toEqual([]);
    expect(reachOf("collection:acmes.tools:upload", HELD)).toEqual([]);
    expect(isHeld("collection:other.tools:upload", HELD)).toBe(false);
  });

  test("the management of tokens only where it is asked for by name", () => {
    expect(reachOf("user:admin", HELD)).toEqual(["user:admin"]);
    expect(reachOf("user:admin", ["*:*:*"])).toEqual([]);
  });
});
