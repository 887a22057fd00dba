// `npm test`: installs and builds like `npm start`, runs every test, and closes with a line that machines can
// read. Arguments go to vitest: `npm test -- packages/server/src/core`, `npm test -- -t "a revoked
// credential"`.
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { endChildren, runNode } from "./child.mjs";
import { prepare, ROOT } from "./prepare.mjs";

const EXIT_CODES = { SIGINT: 130, SIGTERM: 143 };
for (const signal of /** @type {const} */ (["SIGTERM", "SIGINT"])) {
  process.once(signal, () => void endChildren(signal).then(() => process.exit(EXIT_CODES[signal])));
}

await prepare();
const folder = mkdtempSync(join(tmpdir(), "mintmark-test-"));
process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
const reportFile = join(folder, "report.json");
const code = await runNode(
  [
    join(ROOT, "node_modules/vitest/vitest.mjs"),
    "run",
    "--reporter=default",
    "--reporter=json",
    `--outputFile.json=${reportFile}`,
    ...process.argv.slice(2),
  ],
  { cwd: ROOT },
);
const counts = existsSync(reportFile) ? count(JSON.parse(readFileSync(reportFile, "utf8"))) : nothingRan();
for (const [program, tests] of counts.missing) {
  console.log(`skipped for want of a program: ${program} (${tests} ${tests === 1 ? "test" : "tests"})`);
}
const ranNothing = counts.passed + counts.failed === 0;
if (ranNothing) console.log("no test ran, which counts as a failure");
console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
process.exitCode = code === 0 && ranNothing ? 1 : code;

/**
 * @typedef {{ status: string, meta?: { missingProgram?: string } }} TestResult
 * @typedef {{ status: string, assertionResults: TestResult[] }} FileResult
 * @param {{ testResults: FileResult[] }} report vitest's JSON report
 */
function count({ testResults }) {
  const tests = testResults.flatMap((file) => file.assertionResults);
  const failed = tests.filter((test) => test.status === "failed").length;
  // A file that cannot be loaded, or whose hook throws, fails without a failed test in it.
  const failedFiles = testResults.filter(
    (file) => file.status === "failed" && !file.assertionResults.some((test) => test.status === "failed"),
  ).length;
  const passed = tests.filter((test) => test.status === "passed").length;
  /** @type {Map<string, number>} */
  const missing = new Map();
  for (const { meta } of tests) {
    const program = meta?.missingProgram;
    if (program) missing.set(program, (missing.get(program) ?? 0) + 1);
  }
  return { passed, failed: failed + failedFiles, skipped: tests.length - passed - failed, missing };
}

/** vitest ended before it could report. */
function nothingRan() {
  return { passed: 0, failed: 0, skipped: 0, missing: new Map() };
}
