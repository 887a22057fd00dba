import { execFile } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { beforeEach } from "vitest";

const CACHE = fileURLToPath(new URL("../node_modules/.cache", import.meta.url));
const LOOK_TIMEOUT_MS = 20_000;
const INSTALL_TIMEOUT_MS = 240_000;
const OUT_OF_REACH =
  /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|ERR_SOCKET_TIMEOUT|ENOTCACHED/;

/**
 * Packages of npm that only one journey needs, in exact versions and in a folder of their own: in our lock
 * file they would be the larger part of it. Answers with a `require` that finds them. When the registry is
 * out of reach the tests of this file are skipped, naming it, and the answer is undefined; with CI=true the
 * file fails instead.
 */
export async function requirePackages(
  folderName: string,
  dependencies: Readonly<Record<string, string>>,
): Promise<NodeJS.Require | undefined> {
  const folder = join(CACHE, folderName);
  const manifest = join(folder, "package.json");
  const wanted = JSON.stringify({ private: true, dependencies }, null, 2);
  const done = join(folder, "node_modules", "installed");
  if (!existsSync(done) || readFileSync(done, "utf8") !== wanted) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(manifest, wanted);
    const problem = await install(folder);
    if (problem !== null) {
      skipAll(problem);
      return undefined;
    }
    writeFileSync(done, wanted);
  }
  return createRequire(manifest);
}

async function install(folder: string): Promise<string | null> {
  // npm tries for minutes before it gives up, so the registry is asked for a sign of life first. (A look-up
  // would do with npm's cache.)
  const reachable = await npm(folder, ["ping", "--fetch-retries=0"], LOOK_TIMEOUT_MS);
  if (reachable) {
    const options = ["--ignore-scripts", "--no-audit", "--no-fund", "--no-package-lock"];
    if (await npm(folder, ["install", ...options], INSTALL_TIMEOUT_MS)) {
      return null;
    }
  }
  return "the npm registry is out of reach";
}

/** False when the registry does not answer; throws when npm fails for a reason of its own. */
async function npm(folder: string, args: readonly string[], timeout: number): Promise<boolean> {
  // What `npm test` sets for its own run must not reach the inner one.
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^npm_/i.test(name)));
  try {
    await promisify(execFile)("npm", args, { cwd: folder, env, timeout });
    return true;
  } catch (error) {
    const { stderr = "", killed = false } = error as { stderr?: string; killed?: boolean };
    if (killed || OUT_OF_REACH.test(stderr)) {
      return false;
    }
    throw error;
  }
}

function skipAll(problem: string): void {
  if (process.env.CI === "true") {
    throw new Error(problem);
  }
  beforeEach((context) => {
    context.task.meta.missingProgram = "packages of the npm registry";
    context.skip(problem);
  });
}
