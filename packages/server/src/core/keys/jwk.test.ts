import { createPublicKey } from "node:crypto";
import { expect, test } from "vitest";
import { hasShortCoordinate, jwkThumbprint, publicJwk } from "./jwk.ts";

const RSA_N =
  "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw";

test("the thumbprint of the key in RFC 7638 §3.1 is the one printed there", () => {
  const publicKey = createPublicKey({ format: "jwk", key: { kty: "RSA", e: "AQAB", n: RSA_N } });
  expect(jwkThumbprint(publicJwk(publicKey))).toBe("NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
});

test("a coordinate that starts with a zero byte is noticed in either place", () => {
  const short = Buffer.concat([Buffer.alloc(1), Buffer.alloc(31, 7)]).toString("base64url");
  const full = Buffer.alloc(32, 7).toString("base64url");
  expect(hasShortCoordinate({ x: full, y: full })).toBe(false);
  expect(hasShortCoordinate({ x: short, y: full })).toBe(true);
  expect(hasShortCoordinate({ x: full, y: short })).toBe(true);
});
