import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { drawSecret, markOf as markByTheHub } from "../../../server/src/core/secret/format.ts";
import { readAuthorization } from "../../../server/src/http/authorization.ts";
import { entropy } from "../../../server/src/testing/entropy.ts";
import { type Presented, readPresented } from "./presented.ts";
import { markOf } from "./secret-format.ts";

/**
 * What the hub itself reads in a header, as the SDK's type. Services do not accept passwords (see the gateway
 * dialect).
 */
function readByTheHub(header: string): Presented {
  const presented = readAuthorization(header);
  if (presented === null || presented.scheme === "unreadable") {
    return { form: "nothing", reason: "malformed" };
  }
  const text = presented.secret.reveal();
  const mark = markByTheHub(text);
  if (mark !== null) {
    return { form: "secret", text, mark, username: presented.username };
  }
  const isJwt = presented.form === "jwt" && /^[\w-]+\.[\w-]+\.[\w-]+$/.test(text);
  return isJwt ? { form: "jwt", text } : { form: "nothing", reason: "malformed" };
}

const secret = fc
  .constantFrom("mmo_", "mmh_", "mma_", "mmp_", "mmi_", "mmt_", "mms_", "mmz_")
  .map((mark) => drawSecret(entropy, mark as "mmt_").reveal());
const space = fc.constantFrom("", " ", "  ", "\t", "\n", "\r\n");
const spoiled = fc
  .tuple(secret, fc.nat(39), fc.constantFrom("0", "z", "_", "-", "é", ":", " "))
  .map(([text, at, other]) => text.slice(0, at) + other + text.slice(at + 1));
const text = fc.oneof(
  secret,
  spoiled,
  secret.map((one) => one.toUpperCase()),
  fc.constantFrom("a.b.c", "a.b", "a..c", "a.b.c.d", "eyJ.e30.x-_9", "a.b=.c", "", ":", "x"),
  fc.string({ maxLength: 8 }),
);
const username = fc.constantFrom("ada", "$app", "IAM#a:b", "a:b:", "", "admin");
const pair = fc
  .tuple(fc.option(username, { nil: null }), space, text, space)
  .map(([name, before, value, after]) => (name === null ? value : `${name}:${before}${value}${after}`));
const encoded = fc
  .tuple(pair, fc.constantFrom("base64", "base64url"), fc.boolean())
  .map(([value, alphabet, isBare]) => {
    const inBase64 = Buffer.from(value).toString(alphabet as "base64");
    return isBare ? inBase64.replace(/=+$/, "") : inBase64;
  });
const scheme = fc.constantFrom("Bearer", "bearer", "TOKEN", "Basic", "basic", "ZenApiKey", "Negotiate", "");
const header = fc
  .tuple(space, scheme, space, fc.oneof(text, encoded, pair), space)
  .map((parts) => parts.join(""));

describe("a header", () => {
  test("shows a service what it would show the hub", () => {
    fc.assert(
      fc.property(header, (value) => {
        expect(readPresented(value)).toEqual(readByTheHub(value));
      }),
      { numRuns: 5_000 },
    );
  });

  test("that is not there shows nothing, which is not the same as garbage", () => {
    expect([readPresented(undefined), readPresented(null), readPresented("")]).toEqual([
      { form: "nothing", reason: "missing" },
      { form: "nothing", reason: "missing" },
      { form: "nothing", reason: "malformed" },
    ]);
  });

  test("with more than one JWT or secret in it shows none", () => {
    expect(readPresented("Bearer a.b.c, Bearer a.b.c").form).toBe("nothing");
  });

  test("as long as a server lets it be is read at once", () => {
    for (const long of [" ".repeat(16_000), "a.".repeat(8_000), "\t".repeat(16_000), "=".repeat(16_000)]) {
      expect(readPresented(`Bearer ${long}`).form).toBe("nothing");
      expect(readPresented(`Basic a${long}b`).form).toBe("nothing");
    }
  });
});

test("a secret is told from garbage as the hub tells it", () => {
  fc.assert(
    fc.property(fc.oneof(secret, spoiled), (value) => {
      expect(markOf(value)).toBe(markByTheHub(value));
    }),
    { numRuns: 2_000 },
  );
});
