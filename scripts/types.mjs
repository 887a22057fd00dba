// `npm run types`: type-checks every workspace, and the root project (scripts, e2e, bench).
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { runNode } from "./child.mjs";
import { prepare, ROOT } from "./prepare.mjs";

// The console reads the types of the SDK that is built, as any other user of it.
await prepare({ build: ["sdk"] });
const projects = [
  "tsconfig.json",
  ...readdirSync(join(ROOT, "packages")).map((name) => `packages/${name}/tsconfig.json`),
];
let failures = 0;
for (const project of projects.filter((file) => existsSync(join(ROOT, file)))) {
  const tsc = join(ROOT, "node_modules/typescript/bin/tsc");
  if ((await runNode([tsc, "--noEmit", "-p", project], { cwd: ROOT })) !== 0) failures += 1;
}
process.exitCode = failures === 0 ? 0 : 1;
