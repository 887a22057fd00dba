import { beforeEach } from "vitest";
import { findProgram } from "./find-program.ts";

declare module "vitest" {
  interface TaskMeta {
    /** Read by `scripts/test.mjs`, which names the missing programs at the end of a run. */
    missingProgram?: string;
  }
}

/**
 * Says that the tests of this file (or, called inside `describe`, of that block) need an outside program.
 * Answers with its path. When it is not installed the tests are skipped, naming it, and the answer is
 * undefined, which a `beforeAll` that starts the program must heed; with CI=true the file fails instead.
 */
export function requireProgram(name: string): string | undefined {
  const path = findProgram(name);
  if (path !== undefined) return path;
  if (process.env.CI === "true")
    throw new Error(`${name} is not installed; .ci/run should have installed it`);
  beforeEach((context) => {
    context.task.meta.missingProgram = name;
    context.skip(`${name} is not installed`);
  });
  return undefined;
}
