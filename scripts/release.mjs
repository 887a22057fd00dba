// `npm run release`: makes everything that is published, in release/: the npm packages, a Debian package,
// a software bill of materials and the checksums of all of them. Needs npm, and dpkg-deb for the Debian
// package.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { gzipSync } from "node:zlib";
import { prepare, ROOT } from "./prepare.mjs";

/** `npm run release -- DIRECTORY` puts it elsewhere. */
const RELEASE = resolve(process.argv[2] ?? join(ROOT, "release"));
const PACKAGES = ["server", "cli", "sdk"];
const OWNER = ["--root-owner-group"];

/** What the driver of SQLite is compiled from, and its compiled forms for other machines. */
const SQLITE = "/node_modules/@photostructure/sqlite/";
/** @type {Readonly<Record<string, string>>} */
const NODE_NAMES = { amd64: "x64" };

await prepare();
rmSync(RELEASE, { recursive: true, force: true });
mkdirSync(RELEASE, { recursive: true });
for (const name of PACKAGES.filter((each) => existsSync(join(ROOT, "packages", each, "package.json")))) {
  run("npm", ["pack", "--pack-destination", RELEASE], join(ROOT, "packages", name));
}
const app = installServer();
try {
  const megabytes = (bytesBelow(app) / 1e6).toFixed(1);
  process.stderr.write(`release: the server installs in ${megabytes} MB\n`);
  writeFileSync(
    join(RELEASE, "mintmark.sbom.cdx.json"),
    run("npm", ["sbom", "--sbom-format", "cyclonedx", "--omit", "dev"], app),
  );
  if (hasProgram("dpkg-deb")) makeDeb(app);
  else process.stderr.write("release: dpkg-deb is not installed, so there is no Debian package\n");
} finally {
  rmSync(app, { recursive: true, force: true });
}
const names = readdirSync(RELEASE).sort();
const sums = names.map((name) => `${sha256(join(RELEASE, name))}  ${name}\n`);
writeFileSync(join(RELEASE, "SHA256SUMS"), sums.join(""));
process.stdout.write(`${[...names, "SHA256SUMS"].map((name) => join(RELEASE, name)).join("\n")}\n`);

/** What an operator gets who installs the server's package: no test tools, no compiler. */
function installServer() {
  const folder = mkdtempSync(join(tmpdir(), "mintmark-release-"));
  const tarball = readdirSync(RELEASE).find((name) => name.startsWith("mintmark-server-"));
  if (tarball === undefined) throw new Error("npm pack made no package of the server");
  writeFileSync(
    join(folder, "package.json"),
    '{ "name": "mintmark-installed", "version": "0.0.0", "private": true }\n',
  );
  run(
    "npm",
    ["install", "--omit=dev", "--ignore-scripts", "--no-audit", "--no-fund", join(RELEASE, tarball)],
    folder,
  );
  return folder;
}

/** @param {string} app */
function makeDeb(app) {
  const { version } = JSON.parse(readFileSync(join(ROOT, "packages/server/package.json"), "utf8"));
  const architecture = run("dpkg", ["--print-architecture"], ROOT).trim();
  const tree = mkdtempSync(join(tmpdir(), "mintmark-deb-"));
  const at = (/** @type {string} */ path) => join(tree, path);
  for (const path of [
    "DEBIAN",
    "usr/lib/mintmark",
    "usr/bin",
    "usr/lib/systemd/system",
    "usr/share/doc/mintmark",
    "etc/mintmark",
  ]) {
    mkdirSync(at(path), { recursive: true, mode: 0o755 });
  }
  cpSync(join(app, "node_modules"), at("usr/lib/mintmark/node_modules"), {
    recursive: true,
    verbatimSymlinks: true,
    filter: (path) => isNeededAtRunTime(path, architecture),
  });
  cpSync(join(ROOT, "packaging/deb/mintmark-server"), at("usr/bin/mintmark-server"));
  for (const unit of readdirSync(join(ROOT, "packaging/systemd"))) {
    cpSync(join(ROOT, "packaging/systemd", unit), at(`usr/lib/systemd/system/${unit}`));
  }
  cpSync(join(ROOT, "docs/guide/operate.md"), at("usr/share/doc/mintmark/operate.md"));
  cpSync(join(ROOT, "packaging/deb/copyright"), at("usr/share/doc/mintmark/copyright"));
  const date = new Date().toUTCString().replace("GMT", "+0000");
  const changelog = `mintmark (${version}) stable; urgency=medium\n\n  * Release ${version}.\n\n -- The Mintmark maintainers <maintainers@mintmark.example>  ${date}\n`;
  writeFileSync(at("usr/share/doc/mintmark/changelog.gz"), gzipSync(changelog, { level: 9 }));
  writeFileSync(
    at("etc/mintmark/mintmark.env"),
    "# Options of the server, one a line: MINTMARK_PUBLIC_URL=https://hub.example.com\n",
  );
  writeFileSync(at("DEBIAN/conffiles"), "/etc/mintmark/mintmark.env\n");
  const size = run("du", ["-sk", tree], ROOT).split("\t")[0] ?? "0";
  const control = readFileSync(join(ROOT, "packaging/deb/control"), "utf8");
  const filled = control
    .replace("@VERSION@", version)
    .replace("@ARCHITECTURE@", architecture)
    .replace("@SIZE@", size);
  writeFileSync(at("DEBIAN/control"), filled);
  run("find", [tree, "-type", "f", "-exec", "chmod", "644", "{}", "+"], ROOT);
  run("find", [tree, "-type", "d", "-exec", "chmod", "755", "{}", "+"], ROOT);
  run("chmod", ["755", at("usr/bin/mintmark-server")], ROOT);
  run(
    "dpkg-deb",
    [...OWNER, "--build", tree, join(RELEASE, `mintmark_${version}_${architecture}.deb`)],
    ROOT,
  );
  rmSync(tree, { recursive: true, force: true });
}

/**
 * A Debian package is for one kind of machine and compiles nothing.
 *
 * @param {string} path
 * @param {string} architecture
 */
function isNeededAtRunTime(path, architecture) {
  const [, inside] = path.split(SQLITE);
  const prebuilt = inside?.match(/^prebuilds\/([^/]+)$/)?.[1];
  const isOther = prebuilt !== undefined && prebuilt !== `linux-${NODE_NAMES[architecture] ?? architecture}`;
  const isOfNoUse = /(?:\/\.[^/]+|\.map|\.d\.[cm]?ts|\.musl\.node|\.sh)$/.test(path);
  return !isOther && !isOfNoUse && inside !== "src" && inside !== "scripts";
}

/**
 * @param {string} folder
 * @returns {number}
 */
function bytesBelow(folder) {
  return readdirSync(folder, { withFileTypes: true }).reduce((sum, entry) => {
    const path = join(folder, entry.name);
    return sum + (entry.isDirectory() ? bytesBelow(path) : statSync(path).size);
  }, 0);
}

/**
 * @param {string} program
 * @param {readonly string[]} args
 * @param {string} cwd
 */
function run(program, args, cwd) {
  return execFileSync(program, args, {
    cwd,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
    maxBuffer: 64 * 1024 * 1024,
  });
}

/** @param {string} program */
function hasProgram(program) {
  return (process.env.PATH ?? "").split(":").some((folder) => existsSync(join(folder, program)));
}

/** @param {string} path */
function sha256(path) {
  return createHash("sha256").update(readFileSync(path)).digest("hex");
}
