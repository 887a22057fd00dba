import { isSignedBy, type JwtPart, parseJwt, type VerifyingKey } from "./jwt.ts";
import type { Trust, TrustSource } from "./trust.ts";
import { clientName, type Known, knownOf } from "./verdict.ts";

/** The tolerated difference between the clocks of the hub and this service; it never lengthens a lifetime. */
const CLOCK_SKEW_MS = 60_000;

/**
 * The claims of one of the hub's bearers; null if it is not one, not in time or not signed by the hub. An
 * early revocation is not seen. Throws `MintmarkError` if the hub's keys cannot be fetched.
 */
export async function checkLocally(text: string, source: TrustSource, atMs: number): Promise<Known | null> {
  const jwt = parseJwt(text);
  const kid = jwt?.header["kid"];
  if (!jwt || typeof kid !== "string" || !isInTime(jwt.claims, atMs)) {
    return null;
  }
  const trust = await source.withKey(kid);
  const key = trust.keys.get(kid);
  return key && isSignedBy(jwt, key) ? readClaims(jwt, key, trust) : null;
}

/** RFC 7519 §4.1.4–6. `exp` must be there and has no leeway. */
function isInTime({ exp, nbf, iat }: JwtPart, atMs: number): boolean {
  const hasCome = (date: unknown) =>
    date === undefined || (isNumericDate(date) && date * 1000 <= atMs + CLOCK_SKEW_MS);
  return isNumericDate(exp) && atMs < exp * 1000 && hasCome(nbf) && hasCome(iat);
}

function isNumericDate(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** A bearer of the realm that was signed by a key of the IBM side, or the other way round, is neither. */
function readClaims(
  { header, claims }: { header: JwtPart; claims: JwtPart },
  key: VerifyingKey,
  trust: Trust,
): Known | null {
  switch (key.purpose) {
    case "realm":
      return readRealm(header, claims, trust);
    case "zen":
      return readZen(header, claims);
    case null:
      return null;
  }
}

/** A bearer in Keycloak's form, or in the form of RFC 9068, which earlier hubs have. */
function readRealm({ typ }: JwtPart, claims: JwtPart, { issuer, audience }: Trust): Known | null {
  const { iss, aud, mm_use, sub, preferred_username: username, scope } = claims;
  const audiences: readonly unknown[] = Array.isArray(aud) ? aud : [aud];
  if (
    (typ !== "JWT" && typ !== "at+jwt") ||
    iss !== issuer ||
    !audiences.includes(audience) ||
    typeof sub !== "string"
  ) {
    return null;
  }
  const scopes = typeof scope === "string" ? scope : "";
  if (mm_use === "client") {
    return known({ username: clientName(sub), subject: clientName(sub), kind: "client" }, scopes, claims);
  }
  return mm_use === "realm" && typeof username === "string"
    ? known({ username, subject: sub, kind: null }, scopes, claims)
    : null;
}

/** Zen's bearers do not name their scopes, except those of an instance. */
function readZen({ typ }: JwtPart, claims: JwtPart): Known | null {
  const { iss, aud, mm_use, username, mm_account: subject, mm_scope } = claims;
  const isZen = mm_use === "zen" || mm_use === "zen_instance";
  if (typ !== "JWT" || iss !== "KNOXSSO" || aud !== "DSX" || !isZen) {
    return null;
  }
  return typeof username === "string" && typeof subject === "string"
    ? known({ username, subject, kind: null }, typeof mm_scope === "string" ? mm_scope : "", claims)
    : null;
}

function known(caller: Parameters<typeof knownOf>[0], scope: string, { exp }: JwtPart): Known {
  const scopes = scope.split(" ").filter((one) => one !== "");
  return knownOf(caller, scopes, (exp as number) * 1000);
}
