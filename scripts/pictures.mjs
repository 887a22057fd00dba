import { rmSync } from "node:fs";
import { join } from "node:path";
import { runNode } from "./child.mjs";
import { prepare, ROOT } from "./prepare.mjs";

/** The tests that visit the pages of the console and draw them when SCREENSHOTS is set. */
const VISITORS = ["pages", "administration", "click-paths", "dashboard"].map(
  (name) => `e2e/console/${name}.test.ts`,
);

await prepare();
rmSync(join(ROOT, "docs", "images"), { recursive: true, force: true });
process.env["SCREENSHOTS"] = "1";
const vitest = join(ROOT, "node_modules", "vitest", "vitest.mjs");
process.exitCode = await runNode([vitest, "run", "--project", "e2e", ...VISITORS], { cwd: ROOT });
