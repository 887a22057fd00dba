import { execFile } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { specifiersOf } from "../scripts/imports.ts";
import { guideBlock } from "./guide-blocks.ts";
import { ADMIN_PASSWORD, api, logIn, type RunningServer, startServer } from "./server.ts";

const run = promisify(execFile);
const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const SDK = join(ROOT, "packages/sdk");
const README = readFileSync(join(SDK, "README.md"), "utf8");
const [SNIPPET = "", VERIFYING = ""] = [...README.matchAll(/```js\n([\s\S]*?)```/g)].map(([, text]) => text);
const GUIDE = readFileSync(join(ROOT, "docs/guide/protect-a-service.md"), "utf8");
/** The guide's examples, which strict TypeScript takes as they stand. */
const EXAMPLES = ["verifier", "service", "express", "fastify", "hono"];
const SOURCES = readdirSync(join(SDK, "src"), { recursive: true, encoding: "utf8" })
  .filter((path) => path.endsWith(".ts") && !path.endsWith(".test.ts"))
  .map((path) => path.slice(0, -".ts".length));
const PROTECT = `import { createServer } from "node:http";
import express from "express";
import fastify from "fastify";
import { Hono } from "hono";
import { MintmarkClient } from "@mintmark/sdk";
import { createVerifier, type Caller } from "@mintmark/sdk/verifier";
import { protect as node } from "@mintmark/sdk/node";
import { protect as forExpress } from "@mintmark/sdk/express";
import { protect as forFastify } from "@mintmark/sdk/fastify";
import { protect as forHono } from "@mintmark/sdk/hono";

const verifier = createVerifier({ baseUrl: "http://hub", credentials: { token: "t" } });
const scope = "a:b:c";
`;
const RIGHT = `${PROTECT}
createServer(node(verifier, { scope: ({ url }) => url ?? "" }, (request, response) => {
  response.end(request.caller.username);
}));
express().get("/:name", forExpress(verifier, { scope: ({ path }) => path }), (request, response) => {
  response.send(request.caller?.username ?? request.params.name);
});
fastify().get("/", { onRequest: forFastify(verifier, { scope }) }, async ({ caller }) => caller?.subject);
fastify().addHook("onRequest", forFastify(verifier, { scope: null }));
new Hono().use(forHono(verifier, { scope: [scope, scope] })).get("/", (c) => c.text(c.get("caller").username));
const verdict = await verifier.verify(undefined, { scope });
if (verdict.active || verdict.reason === "insufficient_scope") {
  const caller: Caller = verdict.caller;
  console.log(caller.scopes.join());
}
`;
const WRONG = `${PROTECT}
new MintmarkClient({ baseUrl: "" }).createCredential({ kind: "no_such_kind" }); // wrong
createVerifier({ baseUrl: "", credentials: { clientId: "secret is missing" } }); // wrong
node(verifier, {}, () => {}); // wrong
forExpress(verifier, { scope: 7 }); // wrong
forFastify(verifier, { scope: undefined }); // wrong
(await verifier.verify("")).caller; // wrong
((caller: Caller) => { caller.username = "root"; }); // wrong
`;
/** Every user of the package downloads it. */
const PACKED_BYTES_MAX = 45_000;
const TSC = join(ROOT, "node_modules/typescript/bin/tsc");

describe("the SDK as it is published", () => {
  let server: RunningServer;
  let folder: string;
  let packed: { filename: string; size: number; files: { path: string }[] };

  beforeAll(async () => {
    server = await startServer();
    folder = mkdtempSync(join(tmpdir(), "mintmark-sdk-"));
    const { stdout } = await run("npm", ["pack", "--json", "--pack-destination", folder], { cwd: SDK });
    [packed] = JSON.parse(stdout);
    writeFileSync(join(folder, "package.json"), '{ "private": true, "type": "module" }');
    await run("npm", ["install", "--offline", "--no-audit", "--no-fund", join(folder, packed.filename)], {
      cwd: folder,
    });
  });

  afterAll(async () => {
    await server?.stop();
    server?.remove();
    rmSync(folder ?? "", { recursive: true, force: true });
  });

  test("holds what was built, its README and nothing else, and needs nothing", () => {
    const paths = packed.files.map(({ path }) => path).sort();
    expect(paths).toEqual(
      [
        "README.md",
        "package.json",
        ...SOURCES.flatMap((name) => [`dist/${name}.d.ts`, `dist/${name}.js`]),
      ].sort(),
    );
    expect(packed.size).toBeLessThan(PACKED_BYTES_MAX);
    const manifest = JSON.parse(readFileSync(installed("package.json"), "utf8"));
    for (const kind of ["dependencies", "peerDependencies", "optionalDependencies"]) {
      expect(manifest[kind]).toBeUndefined();
    }
  });

  test("reaches no framework, and from its main entry not even Node", () => {
    const { exports } = JSON.parse(readFileSync(installed("package.json"), "utf8"));
    const entries = Object.entries(exports as Record<string, { default: string }>);
    expect(Object.fromEntries(entries.map(([name, { default: file }]) => [name, reachedFrom(file)]))).toEqual(
      {
        ".": [],
        "./verifier": ["node:crypto", "node:zlib"],
        "./node": [],
        "./express": [],
        "./fastify": [],
        "./hono": [],
      },
    );
  });

  function installed(path: string): string {
    return join(folder, "node_modules/@mintmark/sdk", path);
  }

  /** Everything outside of the package that is loaded along with a file of it. */
  function reachedFrom(file: string, seen = new Set<string>()): readonly string[] {
    if (seen.has(file)) return [];
    seen.add(file);
    const text = readFileSync(installed(file), "utf8");
    const specifiers = specifiersOf(text);
    const reached = specifiers.flatMap((one) =>
      one.startsWith(".") ? reachedFrom(join(dirname(file), one), seen) : [one],
    );
    return [...new Set(reached)].sort();
  }

  test("does what its README shows, word for word", async () => {
    writeFileSync(join(folder, "readme.mjs"), SNIPPET);
    const env = { PATH: process.env.PATH ?? "", HUB: server.url, MINTMARK_ADMIN_PASSWORD: ADMIN_PASSWORD };

    const { stdout } = await run(process.execPath, ["readme.mjs"], { cwd: folder, env });

    expect(stdout).toMatch(
      /^made mma_….{4}, 40 characters\napp_token laptop never used\n404 not_found \S+\n$/,
    );
  });

  test("verifies as its README shows, word for word", async () => {
    writeFileSync(join(folder, "verifying.mjs"), VERIFYING);
    const bearer = await logIn(server);
    const body = { name: "reports", type: "confidential", scopes: ["hub:introspect:use"] };
    const { client, clientSecret } = await api<{ client: { clientId: string }; clientSecret: string }>(
      server,
      "POST",
      "/oauth/clients",
      { bearer, body },
    );
    const token = { kind: "personal_token", title: "e2e", scopes: ["service:reports:read"] };
    const { secret } = await api<{ secret: string }>(server, "POST", "/credentials", { bearer, body: token });
    const told = async (AUTHORIZATION: string) => {
      const service = { HUB: server.url, CLIENT_ID: client.clientId, CLIENT_SECRET: clientSecret };
      const env = { PATH: process.env.PATH ?? "", ...service, AUTHORIZATION };
      return (await run(process.execPath, ["verifying.mjs"], { cwd: folder, env })).stdout;
    };
    expect(await told(`Bearer ${secret}`)).toBe("yes: admin service:reports:read\n");
    expect(await told("Bearer x")).toBe("no: malformed\n");
  });

  test.each([
    ["nodenext", "nodenext"],
    ["preserve", "bundler"],
  ])("tells TypeScript its types: module %s, resolution %s", async (module, resolution) => {
    for (const name of ["express", "fastify", "hono", "@hono", "@types"]) {
      rmSync(join(folder, "node_modules", name), { force: true });
      symlinkSync(join(ROOT, "node_modules", name), join(folder, "node_modules", name));
    }
    writeFileSync(join(folder, "readme.mts"), SNIPPET);
    writeFileSync(join(folder, "verifying.mts"), VERIFYING);
    const examples = EXAMPLES.map((name) => {
      writeFileSync(join(folder, `${name}.mts`), guideBlock(GUIDE, `${name}.mjs`));
      return `${name}.mts`;
    });
    writeFileSync(join(folder, "right.mts"), RIGHT);
    writeFileSync(join(folder, "wrong.mts"), WRONG);
    const options = ["--noEmit", "--strict", "--target", "es2023"];
    const modules = ["--module", module, "--moduleResolution", resolution];
    const types = ["--types", "node", "--typeRoots", join(ROOT, "node_modules/@types")];
    const check = (...files: readonly string[]) =>
      run(process.execPath, [TSC, ...options, ...modules, ...types, ...files], { cwd: folder });

    const correct = await check("readme.mts", "verifying.mts", ...examples, "right.mts").catch(
      (reason: { stdout: string }) => reason,
    );
    expect(correct.stdout).toBe("");

    const { stdout } = await check("wrong.mts").catch((reason: { stdout: string }) => reason);
    const lines = [...stdout.matchAll(/^\S*wrong\.mts\((\d+),/gm)].map(([, line]) => Number(line));
    expect(lines).toEqual(
      WRONG.split("\n").flatMap((line, at) => (line.includes("// wrong") ? [at + 1] : [])),
    );
  });
});
