import { describe, expect, test } from "vitest";
import { S3_KEYS, S3_URL } from "./s3-types.ts";

describe("the place of artifacts in a bucket", () => {
  test.each([
    ["s3://collections", { bucket: "collections", prefix: "", endpoint: undefined, region: "us-east-1" }],
    ["s3://collections/", { bucket: "collections", prefix: "", endpoint: undefined, region: "us-east-1" }],
    [
      "s3://hub.example/a/b/?region=eu-west-1",
      { bucket: "hub.example", prefix: "a/b/", endpoint: undefined, region: "eu-west-1" },
    ],
    [
      "s3://collections/hub?endpoint=https://s3.example.com:9000/",
      { bucket: "collections", prefix: "hub/", endpoint: "https://s3.example.com:9000", region: "us-east-1" },
    ],
    [
      "s3://collections?endpoint=http%3A%2F%2F%5B%3A%3A1%5D%3A9000&region=garage",
      { bucket: "collections", prefix: "", endpoint: "http://[::1]:9000", region: "garage" },
    ],
  ])("%s is understood", (text, place) => {
    expect(S3_URL.parse(text)).toEqual(place);
  });

  test.each([
    "",
    "collections",
    "https://s3.example.com/collections",
    "s3://",
    "s3://Collections",
    "s3://co",
    "s3://collections/../other",
    "s3://collections/a//b",
    "s3://collections/a b",
    "s3://collections?endpoint=ftp://s3.example.com",
    "s3://collections?endpoint=https://user:password@s3.example.com",
    "s3://collections?endpoint=https://s3.example.com?a=b",
    "s3://collections?endpoint=s3.example.com",
    "s3://collections?region=",
    "s3://collections?regoin=eu-west-1",
    "s3://collections?region=a&region=b",
    "s3://collections#part",
    "s3://id:secret@collections",
  ])("%s is refused", (text) => {
    expect(S3_URL.parse(text)).toBeUndefined();
  });
});

describe("the keys of a bucket", () => {
  const SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

  test.each([
    [`AKIDEXAMPLE:${SECRET}`, "AKIDEXAMPLE"],
    [`AKIDEXAMPLE ${SECRET}`, "AKIDEXAMPLE"],
    [`AKIDEXAMPLE\n${SECRET}`, "AKIDEXAMPLE"],
    [`account:user ${SECRET}`, "account:user"],
  ])("are an ID and a secret: %j", (text, id) => {
    const keys = S3_KEYS.parse(text);
    expect(keys?.accessKeyId).toBe(id);
    expect(keys?.secretAccessKey.reveal()).toBe(SECRET);
    expect(JSON.stringify(keys)).not.toContain(SECRET);
  });

  test.each(["", "AKIDEXAMPLE", "AKIDEXAMPLE:", ":secret", "a b c"])("%j is refused", (text) => {
    expect(S3_KEYS.parse(text)).toBeUndefined();
  });
});
