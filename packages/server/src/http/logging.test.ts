import { Writable } from "node:stream";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { HubError } from "../core/errors.ts";
import { drawSecret } from "../core/secret/format.ts";
import { leastCost } from "../testing/cost.ts";
import { entropy } from "../testing/entropy.ts";
import { blot, createLogger } from "./logging.ts";

const LOGGED_TEXT_MAX = 2_048;

describe("the log", () => {
  const lines: string[] = [];
  const logger = createLogger(
    "trace",
    new Writable({
      write(chunk: Buffer, _encoding, done) {
        lines.push(chunk.toString());
        done();
      },
    }),
  );
  const secret = drawSecret(entropy, "mmo_");
  const text = secret.reveal();

  beforeAll(() => {
    logger.info({ secret, nested: { token: secret } }, "issued");
    logger.error(
      { err: new Error(`could not use ${text}`, { cause: new HubError("internal", { detail: text }) }) },
      "failed",
    );
    logger.info(
      { headers: { authorization: `Bearer ${text}`, cookie: `mintmark_session=${text}` } },
      "request",
    );
    logger.info(`template ${secret}`);
  });

  afterAll(() => lines.splice(0));

  test("never shows a secret, whichever way it was handed over", () => {
    expect(lines).toHaveLength(4);
    expect(lines.join("")).not.toContain(text);
    expect(lines.join("")).toContain("[secret]");
  });

  test.each([
    ["a secret in a path", `/verify/${text}`],
    ["a secret in a query", `/x?whatever=${text}&a=1`],
    ["a secret whose mark is percent-encoded", `/x/${text.replace("_", "%5f")}`],
    ["a JWT", "/x?jwt=eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJ4In0.c2ln"],
    ["a JWT behind other letters", "/x?jwt=Bearer_eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJ4In0.c2ln"],
    ["a JWT with its signature cut off", "/x?jwt=eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJ4In0"],
  ])("%s is blotted out", (_what, url) => {
    expect(blot(url)).not.toMatch(/mm[a-z](?:_|%5f)[0-9A-Za-z]{36}|eyJ/);
    expect(blot(url)).toContain("[secret]");
  });

  test("the value of a parameter that is named like a secret is blotted out whatever it is", () => {
    expect(blot("/cb?code=abc&state=1&refresh_token=whatever")).toBe(
      "/cb?code=[secret]&state=1&refresh_token=[secret]",
    );
  });

  test("text without secrets stays as it is", () => {
    const url = "/api/galaxy/v3/plugin/ansible/content/published/collections/index/acme/tools/?limit=10";

    expect(blot(url)).toBe(url);
    expect(blot("/eyJ/x.y.z?eyJ=1")).toBe("/eyJ/x.y.z?eyJ=1");
  });

  // A part of a secret is not recognised as one, so a cut in its middle would show what the whole would not.
  test.each([0, 1, 20, 39, 40])(
    "a secret that the limit cuts after %i characters leaves no part",
    (shown) => {
      const logged = blot(`${`/${"a/".repeat(2_000)}`.slice(0, LOGGED_TEXT_MAX - shown - 1)}?${text}`);

      expect(logged).not.toMatch(/mmo_|[0-9A-Za-z]{8}$/);
    },
  );

  // One request of 16 KB once held the event loop for a tenth of a second by this pattern alone.
  test.each([
    ["heads of JWTs", "eyJ"],
    ["heads of JWTs with a part behind each", "eyJaaaaaaaaa.a"],
    ["marks of secrets", "mmo_"],
    ["marks in percent-encoding", "mmo%5F"],
    ["parameters", "&token"],
    ["one long parameter", "?-"],
    ["dots", "."],
  ])("a request full of %s costs no more than one full of letters", async (_what, piece) => {
    const hostile = piece.repeat(Math.ceil(16_384 / piece.length));

    expect(await leastCost(() => blot(hostile, 16_384), 20)).toBeLessThan(20);
    expect(blot(hostile).length).toBeLessThanOrEqual(LOGGED_TEXT_MAX + "…[secret]".length);
  });
});
