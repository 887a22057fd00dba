import { spawnSync } from "node:child_process";
import { createPublicKey, generateKeyPairSync, X509Certificate } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { entropy } from "../../testing/entropy.ts";
import { certificateBase64, selfSignedCertificate } from "./certificate.ts";

const NOW = Date.UTC(2026, 1, 3, 4, 5, 6);

function makeCertificate(options: { at?: number; commonName?: string } = {}) {
  const pair = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const commonName = options.commonName ?? "Mintmark registry";
  const clock = { now: () => options.at ?? NOW };
  return { ...pair, pem: selfSignedCertificate({ ...pair, commonName }, clock, entropy) };
}

describe("a self-signed certificate", () => {
  test("is read back with the name, the key and the signature it was made with", () => {
    const { pem, publicKey, privateKey } = makeCertificate({ commonName: "Mintmark registry ümlaut" });
    const read = new X509Certificate(pem);
    expect(read.subject).toBe("CN=Mintmark registry ümlaut");
    expect(read.issuer).toBe(read.subject);
    expect(read.verify(publicKey)).toBe(true);
    expect(read.checkPrivateKey(privateKey)).toBe(true);
    expect(read.checkIssued(read)).toBe(false);
    expect(read.ca).toBe(false);
  });

  test("is valid from a day before its making until ten years after it", () => {
    const read = new X509Certificate(makeCertificate().pem);
    expect(Date.parse(read.validFrom)).toBe(Date.UTC(2026, 1, 2, 4, 5, 6));
    expect(Date.parse(read.validTo)).toBe(Date.UTC(2036, 1, 3, 4, 5, 6));
  });

  test("may end after 2049, where the form of a date changes", () => {
    const read = new X509Certificate(makeCertificate({ at: Date.UTC(2045, 0, 1) }).pem);
    expect(Date.parse(read.validFrom)).toBe(Date.UTC(2044, 11, 31));
    expect(Date.parse(read.validTo)).toBe(Date.UTC(2055, 0, 1));
  });

  test("has a serial number of its own", () => {
    const serials = Array.from({ length: 8 }, () => new X509Certificate(makeCertificate().pem).serialNumber);
    expect(new Set(serials).size).toBe(8);
    expect(serials.every((serial) => /^[4-7][0-9A-F]{31}$/.test(serial))).toBe(true);
  });

  test("as x5c text is the same certificate", () => {
    const { pem, publicKey } = makeCertificate();
    const read = new X509Certificate(Buffer.from(certificateBase64(pem), "base64"));
    expect(read.publicKey.equals(publicKey)).toBe(true);
    expect(certificateBase64(pem)).toMatch(/^[A-Za-z0-9+/]+=*$/);
  });
});

const hasOpenssl = spawnSync("openssl", ["version"]).status === 0;
if (!hasOpenssl && process.env["CI"] === "true") {
  throw new Error("openssl is missing");
}

describe.skipIf(!hasOpenssl)("openssl", () => {
  const directory = mkdtempSync(join(tmpdir(), "mintmark-certificate-"));
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  function openssl(...parameters: readonly string[]) {
    return spawnSync("openssl", parameters, { cwd: directory, encoding: "utf8" });
  }

  test("trusts a certificate that stands in a bundle of several", () => {
    const [one, other] = [makeCertificate({ commonName: "one" }), makeCertificate({ commonName: "other" })];
    writeFileSync(join(directory, "bundle.pem"), one.pem + other.pem);
    writeFileSync(join(directory, "other.pem"), other.pem);
    const options = ["-x509_strict", "-check_ss_sig", "-attime", String(NOW / 1000)];
    const verified = openssl("verify", ...options, "-CAfile", "bundle.pem", "other.pem");
    expect(`${verified.stdout}${verified.stderr}`).toContain("other.pem: OK");
  });

  test("reads it as strictly encoded and for signatures only", () => {
    const { pem, publicKey } = makeCertificate();
    writeFileSync(join(directory, "certificate.pem"), pem);
    const { stdout } = openssl("x509", "-in", "certificate.pem", "-noout", "-text", "-pubkey");
    expect(stdout).toContain("Version: 3 (0x2)");
    expect(stdout).toContain("Signature Algorithm: ecdsa-with-SHA256");
    expect(stdout).toContain("CA:FALSE");
    expect(stdout).toMatch(/Key Usage: critical\s+Digital Signature\n/);
    const shown = stdout.slice(stdout.indexOf("-----BEGIN PUBLIC KEY"));
    expect(createPublicKey(shown).equals(publicKey)).toBe(true);
  });
});
