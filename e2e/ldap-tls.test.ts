import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { requireProgram } from "./programs.ts";
import { startServer } from "./server.ts";
import { ADMIN, ADMIN_SECRET, BASE, person, Slapd } from "./slapd.ts";

const slapdProgram = requireProgram("slapd");
const run = promisify(execFile);
const MAIN = fileURLToPath(new URL("../packages/server/dist/main.js", import.meta.url));
const CONFIG_MISTAKE = 78;

let slapd: Slapd;

beforeAll(async () => {
  if (slapdProgram !== undefined) {
    slapd = await Slapd.start(slapdProgram);
    slapd.change("ldapadd", person("ada", "ada long password"));
    writeFileSync(join(slapd.folder, "bind-password"), `${ADMIN_SECRET}\n`, { mode: 0o600 });
  }
}, 60_000);

afterAll(async () => {
  await slapd?.stop();
  slapd?.remove();
});

const options = (more: Readonly<Record<string, string>>) => ({
  MINTMARK_LDAP_BASE: BASE,
  MINTMARK_LDAP_BIND_DN: ADMIN,
  MINTMARK_LDAP_BIND_PASSWORD_FILE: join(slapd.folder, "bind-password"),
  ...more,
});

/** The status of a sign-in by the directory's password, at a server with these options. */
async function signIn(more: Readonly<Record<string, string>>): Promise<number> {
  const server = await startServer({ env: options(more) });
  try {
    const reply = await fetch(`${server.url}/api/mintmark/v1/session`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ username: "ada", password: "ada long password" }),
    });
    return reply.status;
  } finally {
    await server.stop();
    server.remove();
  }
}

describe("a directory over TLS", () => {
  test.each([["ldaps", () => slapd.tlsUrl] as const, ["StartTLS", () => slapd.startTlsUrl] as const])(
    "by %s lets people in when the CA file signed its certificate, and nobody when another did",
    async (_how, url) => {
      const good = { MINTMARK_LDAP_URL: url(), MINTMARK_LDAP_CA_FILE: slapd.caFile };
      expect(await signIn(good)).toBe(201);
      expect(await signIn({ ...good, MINTMARK_LDAP_CA_FILE: slapd.otherCaFile })).toBe(503);
    },
  );

  test("whose certificate no known authority signed lets nobody in, and the server starts all the same", async () => {
    expect(await signIn({ MINTMARK_LDAP_URL: slapd.tlsUrl })).toBe(503);
  });
});

describe("mistakes in the options are told before anything starts", () => {
  const told = async (more: Readonly<Record<string, string>>) => {
    const env = { PATH: process.env.PATH, ...options({ MINTMARK_LDAP_URL: slapd.tlsUrl, ...more }) };
    const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ""));
    return Promise.all(
      [[], ["check-config"]].map(async (words) => {
        try {
          await run(process.execPath, [MAIN, ...words], { env: given, timeout: 30_000 });
          return { code: 0, stderr: "" };
        } catch (error) {
          return error as { code: number; stderr: string };
        }
      }),
    );
  };

  test.each([
    ["a CA file that is not there", { MINTMARK_LDAP_CA_FILE: "/no/such.pem" }, "ENOENT"],
    ["a CA file without a certificate", { MINTMARK_LDAP_CA_FILE: MAIN }, "no certificate in PEM"],
  ])("%s", async (_what, more, sentence) => {
    for (const { code, stderr } of await told(more)) {
      expect([code, stderr]).toEqual([CONFIG_MISTAKE, expect.stringContaining(sentence)]);
    }
  });
});
