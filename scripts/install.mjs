import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { runChild, runNode } from "./child.mjs";

const STAMP = "node_modules/.installed-lock";
/** Written by npm at the end of every install: the packages that are really there. */
const NPM_RECORD = "node_modules/.package-lock.json";

/**
 * Do `node_modules` hold what `package-lock.json` asks for?
 *
 * @param {string} root
 */
export function isInstalled(root) {
  const wanted = lockHash(root);
  if (readText(join(root, STAMP)) === wanted) return true;
  // A developer's own `npm install` changes the lock and leaves no stamp; npm's record then tells the same.
  if (!recordMatchesLock(root)) return false;
  writeFileSync(join(root, STAMP), wanted);
  return true;
}

/** @param {string} root */
export async function install(root) {
  process.stderr.write("mintmark: installing packages from package-lock.json\n");
  // An install that is cut short must not pass for a finished one.
  for (const file of [STAMP, NPM_RECORD]) rmSync(join(root, file), { force: true });
  const args = ["ci", "--ignore-scripts", "--no-audit", "--no-fund"];
  // NODE_ENV=production or an `omit` setting would leave out the compiler that the build needs.
  args.push("--include=dev", "--include=optional");
  const options = { cwd: root, stdout: /** @type {const} */ ("stderr") };
  const npm = process.env.npm_execpath;
  const code = npm?.endsWith("npm-cli.js")
    ? await runNode([npm, ...args], options)
    : await runChild("npm", args, options);
  if (code !== 0) throw new Error(`npm ci ended with ${code}; its own words are above`);
  mkdirSync(join(root, "node_modules"), { recursive: true });
  writeFileSync(join(root, STAMP), lockHash(root));
}

/** @param {string} root */
function lockHash(root) {
  return createHash("sha256")
    .update(readFileSync(join(root, "package-lock.json")))
    .digest("hex");
}

/** @param {string} root */
function recordMatchesLock(root) {
  const record = readPackages(join(root, NPM_RECORD));
  const lock = readPackages(join(root, "package-lock.json"));
  if (!record || !lock) return false;
  return Object.entries(lock)
    .filter(([path]) => path.includes("node_modules/"))
    .every(([path, entry]) => {
      const found = record[path];
      // Packages for other platforms are in the lock and never installed here.
      if (!found) return entry.optional === true || entry.devOptional === true;
      return (
        found.version === entry.version && found.integrity === entry.integrity && existsSync(join(root, path))
      );
    });
}

/**
 * @typedef {{ version?: string, integrity?: string, optional?: boolean, devOptional?: boolean }} LockEntry
 * @param {string} file
 * @returns {Record<string, LockEntry> | undefined}
 */
function readPackages(file) {
  const text = readText(file);
  return text === undefined ? undefined : JSON.parse(text).packages;
}

/** @param {string} file */
function readText(file) {
  return existsSync(file) ? readFileSync(file, "utf8") : undefined;
}
