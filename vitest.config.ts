import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    pool: "forks",
    maxWorkers: 2,
    projects: [
      {
        extends: true,
        test: {
          name: "unit",
          include: ["packages/*/src/**/*.test.{ts,tsx}", "scripts/**/*.test.ts", "bench/**/*.test.ts"],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          // A test that needs another one before it fails sooner or later; the run prints its seed.
          sequence: { groupOrder: 0, shuffle: { tests: true, files: false } },
        },
      },
      {
        // Journeys with real programs: one file at a time, after everything else, with time to start things.
        extends: true,
        test: {
          name: "e2e",
          include: ["e2e/**/*.test.ts"],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          fileParallelism: false,
          sequence: { groupOrder: 1 },
          // These wait for real programs within promised bounds, and a shared machine stands still at times.
          // The report names what had to be tried again.
          retry: process.env["CI"] ? 1 : 0,
        },
      },
    ],
  },
});
