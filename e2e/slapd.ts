import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "./docker-registry.ts";
import { eventually } from "./eventually.ts";

export const BASE = "dc=example,dc=test";
export const ADMIN = `cn=admin,${BASE}`;
export const ADMIN_SECRET = "secret-of-admin";

/** A second address of this machine, which the hub does not take for loopback, so it asks for StartTLS. */
const STARTTLS_HOST = "127.0.0.2";

const CONFIGURATION = (folder: string) => `
include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
modulepath /usr/lib/ldap
moduleload back_mdb
moduleload memberof
pidfile ${folder}/slapd.pid
TLSCertificateFile ${folder}/server.pem
TLSCertificateKeyFile ${folder}/server.key
database mdb
suffix "${BASE}"
rootdn "${ADMIN}"
rootpw ${ADMIN_SECRET}
directory ${folder}/db
overlay memberof
`;

/** OpenLDAP's own server, with the entries that the test adds. */
export class Slapd {
  readonly folder: string;
  readonly process: ChildProcess;
  readonly #port: number;
  readonly #tlsPort: number;

  private constructor(folder: string, process: ChildProcess, ports: readonly [number, number]) {
    this.folder = folder;
    this.process = process;
    [this.#port, this.#tlsPort] = ports;
  }

  static async start(program: string): Promise<Slapd> {
    const folder = mkdtempSync(join(tmpdir(), "mintmark-ldap-"));
    chmodSync(folder, 0o700);
    mkdirSync(join(folder, "db"));
    makeCertificates(folder);
    writeFileSync(join(folder, "slapd.conf"), CONFIGURATION(folder));
    const ports = [await freePort(), await freePort()] as const;
    const addresses = [
      `ldap://127.0.0.1:${ports[0]}`,
      `ldap://${STARTTLS_HOST}:${ports[0]}`,
      `ldaps://127.0.0.1:${ports[1]}`,
    ];
    const flags = ["-f", join(folder, "slapd.conf"), "-h", addresses.join(" "), "-d", "0"];
    const slapd = new Slapd(folder, spawn(program, flags, { stdio: "ignore" }), ports);
    const top = `dn: ${BASE}\nobjectClass: dcObject\nobjectClass: organization\ndc: example\no: Example\n`;
    await eventually(async () => {
      try {
        slapd.change("ldapadd", top);
        return true;
      } catch {
        return null;
      }
    });
    return slapd;
  }

  /** Without TLS. */
  get url(): string {
    return `ldap://127.0.0.1:${this.#port}`;
  }

  /** The hub asks for StartTLS here. */
  get startTlsUrl(): string {
    return `ldap://${STARTTLS_HOST}:${this.#port}`;
  }

  get tlsUrl(): string {
    return `ldaps://127.0.0.1:${this.#tlsPort}`;
  }

  /** The certificate of the authority that signed the directory's. */
  get caFile(): string {
    return join(this.folder, "ca.pem");
  }

  /** A certificate that signed nothing. */
  get otherCaFile(): string {
    return join(this.folder, "other.pem");
  }

  change(program: string, ldif: string, ...more: string[]): void {
    execFileSync(program, ["-x", "-H", this.url, "-D", ADMIN, "-w", ADMIN_SECRET, ...more], {
      input: ldif,
      stdio: ["pipe", "ignore", "pipe"],
    });
  }

  async stop(): Promise<void> {
    const { process: server } = this;
    if (server.exitCode === null && server.signalCode === null) {
      const ended = new Promise((resolve) => server.once("exit", resolve));
      server.kill();
      await ended;
    }
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

export const person = (uid: string, password: string) => `
dn: uid=${uid},${BASE}
objectClass: inetOrgPerson
uid: ${uid}
cn: ${uid} Person
sn: Person
mail: ${uid}@example.test
userPassword: ${password}
`;

export const group = (name: string, ...members: string[]) => `
dn: cn=${name},${BASE}
objectClass: groupOfNames
cn: ${name}
${members.map((uid) => `member: uid=${uid},${BASE}`).join("\n")}
`;

/** An authority, a certificate of it for both addresses, and a stranger's authority. */
function makeCertificates(folder: string): void {
  const openssl = (...flags: string[]) => execFileSync("openssl", flags, { cwd: folder, stdio: "pipe" });
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30"];
  for (const name of ["ca", "other"]) {
    openssl("req", "-x509", ...key, "-subj", `/CN=${name}`, "-keyout", `${name}.key`, "-out", `${name}.pem`);
  }
  const names = `subjectAltName=IP:127.0.0.1,IP:${STARTTLS_HOST}`;
  const authority = ["-CA", "ca.pem", "-CAkey", "ca.key"];
  openssl(
    ...["req", "-x509", ...key, ...authority, "-subj", "/CN=directory", "-addext", names],
    ...["-addext", "basicConstraints=critical,CA:FALSE", "-keyout", "server.key", "-out", "server.pem"],
  );
}
