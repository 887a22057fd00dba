import { generateKeyPair, type KeyObject } from "node:crypto";
import type { HubContext, Policy } from "../context.ts";
import { newId } from "../ids.ts";
import { selfSignedCertificate } from "./certificate.ts";
import { hasShortCoordinate, jwkThumbprint, publicJwk } from "./jwk.ts";
import type { KeyPurpose, SigningKeyRecord } from "./signing-key.ts";

interface KeyPair {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

/**
 * IBM's clients accept RS256 only, and so do most verifiers built for Keycloak; ES256 signs ten times faster.
 */
export function algorithmOf(purpose: KeyPurpose, policy: Policy): SigningKeyRecord["algorithm"] {
  const algorithms = { realm: policy.realmAlgorithm, registry: "ES256", zen: "RS256" } as const;
  return algorithms[purpose];
}

const RSA_BITS = 2048;

/** The sealing context of a private key. */
export function sealingContext(id: string): string {
  return `signing-key/${id}`;
}

/** A new key, not stored yet. Takes up to a second for RSA, off the event loop. */
export async function makeSigningKey(
  context: HubContext,
  purpose: KeyPurpose,
  state: "next" | "current",
): Promise<SigningKeyRecord> {
  const { clock, entropy, keyring, policy } = context;
  const algorithm = algorithmOf(purpose, policy);
  const pair = algorithm === "ES256" ? await generateEcPair() : await generateRsaPair();
  const id = newId(clock, entropy);
  const now = clock.now();
  return {
    id,
    purpose,
    algorithm,
    state,
    thumbprint: jwkThumbprint(publicJwk(pair.publicKey)),
    publicPem: pair.publicKey.export({ type: "spki", format: "pem" }).toString(),
    sealedPrivate: keyring.seal(
      pair.privateKey.export({ type: "pkcs8", format: "der" }),
      sealingContext(id),
      entropy,
    ),
    // The id makes the name unique: verifiers that look up trusted certificates by name must not meet two of
    // the same.
    certificatePem:
      purpose === "registry"
        ? selfSignedCertificate({ ...pair, commonName: `Mintmark registry ${id}` }, clock, entropy)
        : null,
    createdAt: now,
    activatedAt: state === "current" ? now : null,
    retiredAt: null,
    longestTokenMs: lifetimeMs(policy, purpose),
  };
}

/** Starting from the policy, so that ordinary signing never has to record a longer token. */
function lifetimeMs(policy: Policy, purpose: KeyPurpose): number {
  switch (purpose) {
    case "realm":
      return policy.accessTokenLifetimeMs;
    case "registry":
      return policy.registryTokenLifetimeMs;
    case "zen":
      return policy.zenTokenLifetimeMs;
  }
}

async function generateEcPair(): Promise<KeyPair> {
  for (;;) {
    const pair = await new Promise<KeyPair>((resolve, reject) => {
      generateKeyPair("ec", { namedCurve: "P-256" }, (error, publicKey, privateKey) => {
        error ? reject(error) : resolve({ publicKey, privateKey });
      });
    });
    if (!hasShortCoordinate(publicJwk(pair.publicKey))) {
      return pair;
    }
  }
}

function generateRsaPair(): Promise<KeyPair> {
  return new Promise((resolve, reject) => {
    generateKeyPair("rsa", { modulusLength: RSA_BITS }, (error, publicKey, privateKey) => {
      error ? reject(error) : resolve({ publicKey, privateKey });
    });
  });
}
