// `npm run generate`: writes the generated files that are checked in, in docs/ and in the packages. With
// `--check` it writes nothing and exits with 1 if one of them is out of date, naming it.
import { spawnSync } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { register } from "tsx/esm/api";

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));

/**
 * Writes source files that other generators read, so it comes first and they start afresh when it changed
 * one.
 */
const SOURCES = "paths";
/** Each module exports `generate(): Generated | Promise<Generated>` (scripts/generate/checked-in.ts). */
const GENERATORS = ["options", "openapi", "sdk", "errors", "life", "metrics", "originals", "command"];

register();
/** @type {typeof import("./generate/checked-in.ts")} */
const { staleFiles, writeFiles } = await import("./generate/checked-in.ts");

const isCheck = process.argv.includes("--check");
let files = await (await import(`./generate/${SOURCES}.ts`)).generate();
const staleSources = staleFiles(ROOT, files);
if (staleSources.length > 0 && !isCheck) {
  writeFiles(ROOT, files);
  for (const path of staleSources) console.log(join(".", path));
  const { status } = spawnSync(process.execPath, process.argv.slice(1), { stdio: "inherit" });
  process.exit(status ?? 1);
}
for (const name of GENERATORS) {
  const module = await import(`./generate/${name}.ts`);
  files = { ...files, ...(await module.generate()) };
}

const stale = staleFiles(ROOT, files);
if (isCheck) {
  for (const path of stale) console.error(`${path} is not what the source says: run \`npm run generate\``);
  process.exitCode = stale.length === 0 ? 0 : 1;
} else {
  writeFiles(ROOT, files);
  for (const path of stale) console.log(join(".", path));
}
