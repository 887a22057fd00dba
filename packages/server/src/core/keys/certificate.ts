import { type KeyObject, sign } from "node:crypto";
import type { Clock, Entropy } from "../world.ts";

/**
 * A self-signed X.509 v3 certificate (RFC 5280) around a P-256 key. It vouches for nothing: Docker's registry
 * takes its trusted keys as certificates only, in `rootcertbundle` and in `x5c` (docker-registry 2.8.2), so
 * it is the key's envelope.
 */
export interface CertificateRequest {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
  /** At most 64 characters (RFC 5280 appendix A, ub-common-name). */
  readonly commonName: string;
}

const DAY_MS = 86_400_000;
const VALID_YEARS = 10;
const SERIAL_BYTES = 16;

const TAG = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  objectId: 0x06,
  utf8String: 0x0c,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
  version: 0xa0,
  extensions: 0xa3,
} as const;

const ECDSA_WITH_SHA256 = objectId("2a8648ce3d040302");
const COMMON_NAME = objectId("550403");
const KEY_USAGE = objectId("551d0f");
const BASIC_CONSTRAINTS = objectId("551d13");

/** PEM. Valid from a day before now, for verifiers whose clock is behind, and for ten years. */
export function selfSignedCertificate(request: CertificateRequest, clock: Clock, entropy: Entropy): string {
  const signatureAlgorithm = der(TAG.sequence, ECDSA_WITH_SHA256);
  const name = distinguishedName(request.commonName);
  const body = der(
    TAG.sequence,
    der(TAG.version, integer(Buffer.from([2]))),
    integer(serialNumber(entropy)),
    signatureAlgorithm,
    name,
    validity(clock.now()),
    name,
    request.publicKey.export({ type: "spki", format: "der" }),
    der(TAG.extensions, der(TAG.sequence, ...extensions())),
  );
  const signature = sign("sha256", body, { key: request.privateKey, dsaEncoding: "der" });
  return toPem(der(TAG.sequence, body, signatureAlgorithm, bitString(signature, 0)));
}

/** The certificate as `x5c` wants it: DER in base64 of the standard alphabet (RFC 7515 §4.1.6). */
export function certificateBase64(pem: string): string {
  return pem.replace(/-----[A-Z ]+-----|\s/g, "");
}

/** It signs tokens and no other certificates. */
function extensions(): readonly Buffer[] {
  const critical = der(TAG.boolean, Buffer.from([0xff]));
  const digitalSignature = bitString(Buffer.from([0x80]), 7);
  return [
    der(TAG.sequence, BASIC_CONSTRAINTS, critical, der(TAG.octetString, der(TAG.sequence))),
    der(TAG.sequence, KEY_USAGE, critical, der(TAG.octetString, digitalSignature)),
  ];
}

function distinguishedName(commonName: string): Buffer {
  const attribute = der(TAG.sequence, COMMON_NAME, der(TAG.utf8String, Buffer.from(commonName)));
  return der(TAG.sequence, der(TAG.set, attribute));
}

function validity(now: number): Buffer {
  const end = new Date(now);
  end.setUTCFullYear(end.getUTCFullYear() + VALID_YEARS);
  return der(TAG.sequence, time(new Date(now - DAY_MS)), time(end));
}

/** RFC 5280 §4.1.2.5: two digits of the year until 2049, four from 2050. */
function time(moment: Date): Buffer {
  const digits = `${moment.toISOString().slice(0, 19).replace(/[-:T]/g, "")}Z`;
  return moment.getUTCFullYear() < 2050
    ? der(TAG.utcTime, Buffer.from(digits.slice(2)))
    : der(TAG.generalizedTime, Buffer.from(digits));
}

/** Positive, and without a leading zero byte that DER would forbid. */
function serialNumber(entropy: Entropy): Buffer {
  const bytes = Buffer.from(entropy.bytes(SERIAL_BYTES));
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40;
  return bytes;
}

function integer(bytes: Buffer): Buffer {
  return der(TAG.integer, bytes);
}

function bitString(bytes: Buffer, unusedBits: number): Buffer {
  return der(TAG.bitString, Buffer.from([unusedBits]), bytes);
}

function objectId(hex: string): Buffer {
  return der(TAG.objectId, Buffer.from(hex, "hex"));
}

/** Tag, length, value (X.690 §8.1), with the shortest form of the length. */
function der(tag: number, ...contents: readonly Buffer[]): Buffer {
  const value = Buffer.concat(contents);
  return Buffer.concat([Buffer.from([tag]), lengthOctets(value.length), value]);
}

function lengthOctets(length: number): Buffer {
  if (length < 0x80) {
    return Buffer.from([length]);
  }
  return length < 0x100 ? Buffer.from([0x81, length]) : Buffer.from([0x82, length >> 8, length & 0xff]);
}

function toPem(certificate: Buffer): string {
  const lines = certificate.toString("base64").match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join("\n")}\n-----END CERTIFICATE-----\n`;
}
