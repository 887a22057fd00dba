import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ADMIN_PASSWORD, type RunningServer, startServer } from "./server.ts";

const run = promisify(execFile);
const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const SDK = join(ROOT, "packages/sdk");
const SNIPPET = /```js\n([\s\S]*?)```/.exec(readFileSync(join(SDK, "README.md"), "utf8"))?.[1] ?? "";
const TSC = join(ROOT, "node_modules/typescript/bin/tsc");

describe("the SDK as it is published", () => {
  let server: RunningServer;
  let folder: string;
  let packed: { filename: string; files: { path: string }[] };

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
    const modules = ["address", "api.generated", "bearer", "call", "client", "error", "index", "send"];
    expect(paths).toEqual(
      [
        "README.md",
        "package.json",
        ...modules.flatMap((name) => [`dist/${name}.d.ts`, `dist/${name}.js`]),
      ].sort(),
    );
    const manifest = JSON.parse(
      readFileSync(join(folder, "node_modules/@mintmark/sdk/package.json"), "utf8"),
    );
    expect(manifest.dependencies).toBeUndefined();
  });

  test("does what its README shows, word for word", async () => {
    writeFileSync(join(folder, "readme.mjs"), SNIPPET);
    const env = { PATH: process.env.PATH ?? "", HUB: server.url, MINTMARK_ADMIN_PASSWORD: ADMIN_PASSWORD };

    const { stdout } = await run(process.execPath, ["readme.mjs"], { cwd: folder, env });

    expect(stdout).toMatch(
      /^made mma_….{4}, 40 characters\napp_token laptop never used\n404 not_found \S+\n$/,
    );
  });

  test.each([
    ["nodenext", "nodenext"],
    ["preserve", "bundler"],
  ])("tells TypeScript its types: module %s, resolution %s", async (module, resolution) => {
    writeFileSync(join(folder, "readme.mts"), SNIPPET);
    writeFileSync(
      join(folder, "wrong.mts"),
      'import { MintmarkClient } from "@mintmark/sdk";\n' +
        'await new MintmarkClient({ baseUrl: "" }).createCredential({ kind: "no_such_kind" });\n',
    );
    const options = ["--noEmit", "--strict", "--target", "es2023"];
    const modules = ["--module", module, "--moduleResolution", resolution];
    const types = ["--types", "node", "--typeRoots", join(ROOT, "node_modules/@types")];
    const check = (file: string) =>
      run(process.execPath, [TSC, ...options, ...modules, ...types, file], { cwd: folder });

    await check("readme.mts");

    await expect(check("wrong.mts")).rejects.toMatchObject({
      stdout: expect.stringMatching(/^\S*wrong\.mts\(2,.*no_such_kind/),
    });
  });
});
