import { Gauge, Histogram, type Registry } from "prom-client";
import type { Hub } from "../core/hub.ts";

/** Metrics of the store and of the nodes that share it. */
export function registerStoreMetrics(hub: Hub, registers: Registry[]): void {
  const { store: vitals, usageBatches } = hub.vitals;
  new Gauge({
    name: "mintmark_nodes",
    help: "Active nodes as this node knows them, itself included; at most two seconds old.",
    registers,
    collect() {
      this.set(vitals.livingNodes());
    },
  });
  new Gauge({
    name: "mintmark_change_feed_age_seconds",
    help: "How old what this node knows of other nodes' changes may be. From 0.8 on it asks the database instead.",
    registers,
    collect() {
      this.set(vitals.knowledgeAgeMs() / 1000);
    },
  });
  const revocations = new Histogram({
    name: "mintmark_revocation_seconds",
    help: "From the commit of a revocation until every active node had applied it (complete), or was no longer waited for (incomplete).",
    labelNames: ["outcome"],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2],
    registers,
  });
  hub.receipts.taken.watch(({ complete, tookMs }) =>
    revocations.observe({ outcome: complete ? "complete" : "incomplete" }, tookMs / 1000),
  );
  const commits = new Histogram({
    name: "mintmark_commit_writes",
    help: "Writes that shared a commit.",
    buckets: [1, 2, 4, 8, 16, 32, 64],
    registers,
  });
  vitals.commits.watch((jobs) => commits.observe(jobs));
  const batches = new Histogram({
    name: "mintmark_usage_batch_credentials",
    help: "Credentials whose uses were written at once.",
    buckets: [1, 10, 100, 1_000, 10_000],
    registers,
  });
  usageBatches.watch((credentials) => batches.observe(credentials));
}
