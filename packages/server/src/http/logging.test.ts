import { Writable } from "node:stream";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { HubError } from "../core/errors.ts";
import { drawSecret } from "../core/secret/format.ts";
import { entropy } from "../testing/entropy.ts";
import { blot, createLogger } from "./logging.ts";

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
    ["a JWT", "/x?jwt=eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJ4In0.c2ln"],
  ])("%s is blotted out", (_what, url) => {
    expect(blot(url)).not.toMatch(/mm[a-z]_[0-9A-Za-z]{36}|eyJ/);
    expect(blot(url)).toContain("[secret]");
  });

  test("the value of a parameter that is named like a secret is blotted out whatever it is", () => {
    expect(blot("/cb?code=abc&state=1&refresh_token=whatever")).toBe(
      "/cb?code=[secret]&state=1&refresh_token=[secret]",
    );
  });
});
