// `npm run check`: all that a change must pass, in the order of quickest answer. Every step runs, so that one
// round shows everything; the summary at the end names what failed.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { endChildren, runNode } from "./child.mjs";
import { prepare, ROOT } from "./prepare.mjs";

for (const signal of /** @type {const} */ (["SIGTERM", "SIGINT"])) {
  process.once(signal, () => void endChildren(signal).then(() => process.exit(1)));
}

const KNIP = "node_modules/knip/bin/knip.js";
/** @type {readonly (readonly [name: string, ...command: string[]])[]} */
const STEPS = [
  ["format and lint", "node_modules/@biomejs/biome/bin/biome", "check", "--error-on-warnings"],
  ["types", "scripts/types.mjs"],
  ["dead code", KNIP],
  ["dead code in what ships", KNIP, "--production"],
  ["generated files", "scripts/generate.mjs", "--check"],
  ["tests", "scripts/test.mjs"],
];

await prepare({ build: [] });
/** @type {string[]} */
const failed = [];
for (const [name, program = "", ...args] of STEPS) {
  if (!existsSync(join(ROOT, program))) continue;
  console.log(`\n── ${name}`);
  if ((await runNode([join(ROOT, program), ...args], { cwd: ROOT })) !== 0) failed.push(name);
}
console.log(failed.length === 0 ? "\nall checks passed" : `\nfailed: ${failed.join(", ")}`);
process.exitCode = failed.length === 0 ? 0 : 1;
