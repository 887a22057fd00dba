// `node scripts/mutants.mjs [--sample N] [--seed N] [folder …]`: changes the source in one place at a time,
// in a copy, and runs the tests. A change that no test notices is printed with its line: a test is missing
// there, or the line is needless. Folders are below packages/server/src; core/credential, core/authority and
// http are the default.
import { spawn } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { ROOT } from "./prepare.mjs";

const SERVER = "packages/server/src";
const FOLDERS = ["core/credential", "core/authority", "http"];
/** Tests of these folders run after those that stand next to the changed file. */
const TESTS = ["core", "http", "dialects"];
const RUN_TIMEOUT_MS = 600_000;

/** @typedef {{ file: string, line: number, before: string, after: string, text: string }} Mutant */

/** Patterns and their replacements. Each match gives one mutant. */
const CHANGES = /** @type {const} */ ([
  [/ === /g, " !== "],
  [/ !== /g, " === "],
  [/ <= /g, " < "],
  [/ >= /g, " > "],
  [/ < (?=\w)/g, " <= "],
  [/(?<=\w) > /g, " >= "],
  [/ && /g, " || "],
  [/ \|\| /g, " && "],
  [/ \?\? /g, " && "],
  [/ \+ (?=\w)/g, " - "],
  [/\btrue\b/g, "false"],
  [/\bfalse\b/g, "true"],
  [/\bif \((?!false)/g, "if (false && "],
  [/\breturn (?!null)\w[^;\n]*;/g, "return null;"],
  [/^ +(?:await )?[\w.]+\.(?:announce|delete|set|append|forget)\([^;\n]*\);$/gm, ""],
  [/^ +throw new HubError\([^;\n]*\);$/gm, ""],
]);

const { values, positionals } = parseArgs({
  options: { sample: { type: "string" }, seed: { type: "string", default: "1" } },
  allowPositionals: true,
});

const all = (positionals.length > 0 ? positionals : FOLDERS).flatMap(mutantsOf);
const chosen = sample(all, Number(values.sample ?? all.length), Number(values.seed));
const copy = copyOfServer();
/** @type {Mutant[]} */
const survivors = [];
try {
  // A copy in which a test fails anyway would call every mutant killed.
  if (await failsIn(copy, TESTS, "inherit")) {
    throw new Error("the tests fail without a mutant: mend them first");
  }
  for (const [at, mutant] of chosen.entries()) {
    const killed = await isKilled(copy, mutant);
    console.log(`${at + 1}/${chosen.length} ${killed ? "killed  " : "survived"} ${describe(mutant)}`);
    if (!killed) survivors.push(mutant);
  }
} finally {
  rmSync(copy, { recursive: true, force: true });
}
const killed = chosen.length - survivors.length;
console.log(`\n${killed} of ${chosen.length} killed (${all.length} possible)`);
for (const mutant of survivors) console.log(`survived: ${describe(mutant)}`);

/** @param {string} folder @returns {Mutant[]} */
function mutantsOf(folder) {
  const names = readdirSync(join(ROOT, SERVER, folder), { recursive: true, encoding: "utf8" });
  return names
    .filter((name) => name.endsWith(".ts") && !/\.(?:test|generated)\.ts$/.test(name))
    .sort()
    .flatMap((name) => {
      const file = join(folder, name);
      const text = readFileSync(join(ROOT, SERVER, file), "utf8");
      return CHANGES.flatMap(([pattern, after]) => changesIn(file, text, pattern, after));
    });
}

/**
 * @param {string} file @param {string} text @param {RegExp} pattern @param {string} after @returns {Mutant[]}
 */
function changesIn(file, text, pattern, after) {
  return [...text.matchAll(pattern)]
    .filter((match) => isCode(text, match.index))
    .map((match) => ({
      file,
      line: text.slice(0, match.index).split("\n").length,
      before: match[0].trim(),
      after: after.trim(),
      text: text.slice(0, match.index) + after + text.slice(match.index + match[0].length),
    }));
}

/** Comments, imports and types do nothing at run time. @param {string} text @param {number} at */
function isCode(text, at) {
  const start = text.lastIndexOf("\n", at - 1) + 1;
  const line = text.slice(start, text.indexOf("\n", start));
  return !/^\s*(?:\/\/|\*|\/\*\*|import |export type |type |readonly |\| )/.test(line);
}

/** @param {Mutant[]} mutants @param {number} count @param {number} seed */
function sample(mutants, count, seed) {
  let state = seed;
  const random = () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state / 2_147_483_648;
  };
  const left = [...mutants];
  /** @type {Mutant[]} */
  const drawn = [];
  while (drawn.length < count && left.length > 0) {
    drawn.push(.../** @type {Mutant[]} */ (left.splice(Math.floor(random() * left.length), 1)));
  }
  return drawn;
}

/** The whole repository, since tests read templates, images and guides; what npm installed is linked. */
function copyOfServer() {
  const folder = mkdtempSync(join(tmpdir(), "mintmark-mutants-"));
  cpSync(ROOT, folder, {
    recursive: true,
    filter: (path) => !/\/(?:node_modules|\.git|data)$/.test(path),
  });
  for (const name of ["node_modules", "packages/server/node_modules"]) {
    if (existsSync(join(ROOT, name))) {
      symlinkSync(join(ROOT, name), join(folder, name));
    }
  }
  return folder;
}

/** @param {string} folder @param {Mutant} mutant */
async function isKilled(folder, mutant) {
  const path = join(folder, SERVER, mutant.file);
  const original = readFileSync(path, "utf8");
  writeFileSync(path, mutant.text);
  try {
    const beside = dirname(mutant.file);
    return (await failsIn(folder, [beside])) || (await failsIn(folder, TESTS));
  } finally {
    writeFileSync(path, original);
  }
}

/**
 * @param {string} folder
 * @param {readonly string[]} tests
 * @param {"ignore" | "inherit"} [stdio]
 * @returns {Promise<boolean>}
 */
function failsIn(folder, tests, stdio = "ignore") {
  const vitest = join(folder, "node_modules/vitest/vitest.mjs");
  const paths = tests.map((name) => `${SERVER}/${name}/`);
  return new Promise((resolve) => {
    const child = spawn(
      process.execPath,
      [vitest, "run", "--project", "unit", "--bail", "1", "--passWithNoTests", ...paths],
      { cwd: folder, stdio, timeout: RUN_TIMEOUT_MS },
    );
    child.once("exit", (code) => resolve(code !== 0));
  });
}

/** @param {Mutant} mutant */
function describe({ file, line, before, after }) {
  return `${file}:${line} \`${before.slice(0, 60)}\` → \`${after.slice(0, 30)}\``;
}
