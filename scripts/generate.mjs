// `npm run generate`: writes the files that are made from the source and checked in, in docs/ and in the packages.
// With `--check` writes nothing and ends with 1 when one of them is not what the source says, naming it.
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { register } from "tsx/esm/api";

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));

/** Each module exports `generate(): Generated | Promise<Generated>` (scripts/generate/checked-in.ts). */
const GENERATORS = ["options", "openapi", "sdk", "errors", "metrics"];

register();
/** @type {typeof import("./generate/checked-in.ts")} */
const { staleFiles, writeFiles } = await import("./generate/checked-in.ts");

/** @type {import("./generate/checked-in.ts").Generated} */
let files = {};
for (const name of GENERATORS) {
  const module = await import(`./generate/${name}.ts`);
  files = { ...files, ...(await module.generate()) };
}

const stale = staleFiles(ROOT, files);
if (process.argv.includes("--check")) {
  for (const path of stale) console.error(`${path} is not what the source says: run \`npm run generate\``);
  process.exitCode = stale.length === 0 ? 0 : 1;
} else {
  writeFiles(ROOT, files);
  for (const path of stale) console.log(join(".", path));
}
