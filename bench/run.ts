// `npm run bench`: every claim about speed, one after another, each as a ratio to something run beside it in the same minute.
// `npm run bench -- verify-core issue` runs only those.
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

/** One file per claim. Each runs in a process of its own, so that none inherits the heap of another. */
const CLAIMS = [
  "verify-core",
  "verify-http",
  "issue",
  "http-get",
  "refresh",
  "registry-auth",
  "console-list",
  "sdk-verify",
];

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !CLAIMS.includes(name));
if (unknown.length > 0) {
  console.error(`no such claim: ${unknown.join(", ")}; there are ${CLAIMS.join(", ")}`);
  process.exit(2);
}
console.log(`${"".padEnd(58)} ${"median".padStart(8)}     ratio to the first line`);
for (const name of asked.length > 0 ? asked : CLAIMS) {
  console.log(`\n${name}`);
  await runClaim(name);
}

function runClaim(name: string): Promise<void> {
  const file = fileURLToPath(new URL(`./${name}.ts`, import.meta.url));
  const child = spawn(process.execPath, ["--import", "tsx", file], { stdio: "inherit" });
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code) => (code === 0 ? resolve() : reject(new Error(`${name} ended with ${code}`))));
  });
}
