import { Counter, Gauge, Histogram, type Registry } from "prom-client";
import type { Hub } from "../core/hub.ts";

/** Metrics of the jobs that this node runs. */
export function registerJobMetrics(hub: Hub, registers: Registry[]): void {
  const runs = new Counter({
    name: "mintmark_job_runs_total",
    help: "Runs of jobs on this node, by outcome: finished, interrupted (by a stop, or by a node that took over), failed.",
    labelNames: ["job", "outcome"],
    registers,
  });
  const items = new Counter({
    name: "mintmark_job_items_total",
    help: "Items that jobs worked on.",
    labelNames: ["job"],
    registers,
  });
  const seconds = new Histogram({
    name: "mintmark_job_seconds",
    help: "How long a run of a job took.",
    labelNames: ["job"],
    buckets: [0.01, 0.1, 1, 10, 60, 600],
    registers,
  });
  const finished = new Gauge({
    name: "mintmark_job_last_finished_timestamp_seconds",
    help: "When a run of the job last finished on this node, in seconds since 1970.",
    labelNames: ["job"],
    registers,
  });
  hub.jobs.runs.watch(({ job, outcome, done, tookMs }) => {
    runs.inc({ job, outcome });
    items.inc({ job }, done);
    seconds.observe({ job }, tookMs / 1000);
    if (outcome === "finished") {
      finished.set({ job }, hub.now() / 1000);
    }
  });
}
