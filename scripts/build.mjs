import { createHash } from "node:crypto";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join, relative } from "node:path";
import { runNode } from "./child.mjs";

/**
 * In the order of building. `after` names the workspaces whose result this one is made from.
 *
 * @typedef {{ name: string, compiler: "tsc" | "vite", after: readonly string[] }} Workspace
 * @type {readonly Workspace[]}
 */
const WORKSPACES = [
  { name: "sdk", compiler: "tsc", after: [] },
  { name: "server", compiler: "tsc", after: [] },
  { name: "console", compiler: "vite", after: ["sdk"] },
  { name: "cli", compiler: "tsc", after: ["sdk"] },
];

const COMPILERS = {
  tsc: {
    config: "tsconfig.build.json",
    command: ["node_modules/typescript/bin/tsc", "-p", "tsconfig.build.json"],
  },
  vite: {
    config: "vite.config.ts",
    command: ["node_modules/vite/bin/vite.js", "build", "--logLevel", "warn"],
  },
};

const NEVER_READ = new Set(["dist", "console-dist", "node_modules", "testing", "coverage"]);
const TEST_FILE = /\.test\.tsx?$/;

export const WORKSPACE_NAMES = WORKSPACES.map(({ name }) => name);

/**
 * @param {string} root
 * @param {readonly string[]} names
 */
export function isBuilt(root, names) {
  return buildable(root, names).every((workspace) => isFresh(root, workspace));
}

/**
 * @param {string} root
 * @param {readonly string[]} names
 */
export async function buildStale(root, names) {
  for (const workspace of buildable(root, names)) {
    if (!isFresh(root, workspace)) await build(root, workspace);
  }
}

/**
 * @param {string} root
 * @param {Workspace} workspace
 */
async function build(root, workspace) {
  process.stderr.write(`mintmark: building ${workspace.name}\n`);
  const folder = join(root, "packages", workspace.name);
  // Taken before the build, so that an edit during the build counts as one at the next start.
  const stamp = fingerprint(root, workspace);
  rmSync(join(folder, "dist"), { recursive: true, force: true });
  const [program = "", ...args] = COMPILERS[workspace.compiler].command;
  const code = await runNode([join(root, program), ...args], { cwd: folder, stdout: "stderr" });
  if (code !== 0)
    throw new Error(`building packages/${workspace.name} failed; the compiler's own words are above`);
  mkdirSync(join(folder, "dist"), { recursive: true });
  linkPrograms(root, folder);
  writeFileSync(stampFile(root, workspace.name), stamp);
}

/**
 * Links the programs of a workspace into node_modules/.bin. npm links only what exists when it installs, and
 * a fresh checkout is built afterwards.
 *
 * @param {string} root @param {string} folder
 */
function linkPrograms(root, folder) {
  const { bin = {} } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  for (const [name, file] of Object.entries(bin)) {
    const program = join(folder, file);
    const link = join(root, "node_modules/.bin", name);
    chmodSync(program, 0o755);
    mkdirSync(dirname(link), { recursive: true });
    rmSync(link, { force: true });
    symlinkSync(relative(dirname(link), program), link);
  }
}

/**
 * @param {string} root
 * @param {readonly string[]} names
 */
function buildable(root, names) {
  return WORKSPACES.filter(({ name, compiler }) => {
    if (!names.includes(name)) return false;
    const folder = join(root, "packages", name);
    return existsSync(join(folder, "src")) && existsSync(join(folder, COMPILERS[compiler].config));
  });
}

/**
 * @param {string} root
 * @param {Workspace} workspace
 */
function isFresh(root, workspace) {
  return readStamp(root, workspace.name) === fingerprint(root, workspace);
}

/**
 * A hash of every file that the build could read. Contents rather than times: a copied, restored or
 * checked-out tree has new times and old contents, and reading all of it takes some tens of milliseconds.
 *
 * @param {string} root
 * @param {Workspace} workspace
 */
function fingerprint(root, workspace) {
  const hash = createHash("sha256");
  const folder = join(root, "packages", workspace.name);
  const files = [join(root, "tsconfig.base.json"), join(root, "package-lock.json"), ...filesBelow(folder)];
  for (const file of files) {
    const content = readFileSync(file);
    hash.update(`${file.slice(root.length)}\0${content.length}\0`).update(content);
  }
  for (const name of workspace.after) hash.update(readStamp(root, name) ?? "");
  return hash.digest("hex");
}

/**
 * @param {string} folder
 * @returns {string[]}
 */
function filesBelow(folder) {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => !NEVER_READ.has(entry.name) && !TEST_FILE.test(entry.name))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return filesBelow(path);
      return entry.isFile() ? [path] : [];
    });
}

/**
 * @param {string} root
 * @param {string} name
 */
function readStamp(root, name) {
  const file = stampFile(root, name);
  return existsSync(file) ? readFileSync(file, "utf8") : undefined;
}

/**
 * @param {string} root
 * @param {string} name
 */
function stampFile(root, name) {
  return join(root, "packages", name, "dist", ".build-stamp");
}
