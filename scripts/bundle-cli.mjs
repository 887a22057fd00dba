// Runs before and after `npm pack` of the command. Its package holds what it depends on, since the SDK is a
// workspace here and perhaps on no registry; so one tarball installs in an empty folder. npm takes
// `bundleDependencies` of a workspace amiss at every install, hence only while packing.
import { copyFileSync, cpSync, existsSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { buildStale } from "./build.mjs";
import { ROOT } from "./prepare.mjs";

const cli = join(ROOT, "packages/cli");
const manifest = join(cli, "package.json");
const kept = join(cli, ".package.json.kept");
const bundled = join(cli, "node_modules");

if (process.argv.includes("--undo")) {
  if (existsSync(kept)) renameSync(kept, manifest);
  rmSync(bundled, { recursive: true, force: true });
} else {
  await buildStale(ROOT, ["sdk", "cli"]);
  rmSync(bundled, { recursive: true, force: true });
  const sdk = join(bundled, "@mintmark/sdk");
  for (const name of ["dist", "package.json"]) {
    cpSync(join(ROOT, "packages/sdk", name), join(sdk, name), { recursive: true });
  }
  cpSync(join(ROOT, "node_modules/commander"), join(bundled, "commander"), { recursive: true });
  if (!existsSync(kept)) copyFileSync(manifest, kept);
  const fields = JSON.parse(readFileSync(manifest, "utf8"));
  fields.bundleDependencies = Object.keys(fields.dependencies);
  writeFileSync(manifest, `${JSON.stringify(fields, null, 2)}\n`);
}
