import { parentPort } from "node:worker_threads";
import { inspectTarball } from "./inspect-tarball.ts";
import type { InspectionAnswer, InspectionQuestion } from "./inspections.ts";

/**
 * The thread that judges tarballs: unpacking, hashing and reading them takes seconds for large or hostile
 * ones.
 */
parentPort?.on("message", async ({ id, file }: InspectionQuestion) => {
  let answer: InspectionAnswer;
  try {
    answer = { id, inspection: await inspectTarball(file) };
  } catch (error) {
    const { message, code } = error as Error & { code?: string };
    answer = { id, fault: { message, code } };
  }
  parentPort?.postMessage(answer);
});
