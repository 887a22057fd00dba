import { Worker, type WorkerOptions } from "node:worker_threads";

/**
 * Starts a module of this program as a worker thread. Node runs the built file directly; tests run the
 * source, which needs tsx on Node 20.
 */
export function startThread(source: URL, options: WorkerOptions): Worker {
  if (!import.meta.url.endsWith(".ts")) {
    return new Worker(new URL(source.href.replace(/\.ts$/, ".js")), options);
  }
  const script = `import("tsx/esm/api").then(({ register }) => { register(); return import(${JSON.stringify(source.href)}); });`;
  return new Worker(script, { ...options, eval: true });
}
