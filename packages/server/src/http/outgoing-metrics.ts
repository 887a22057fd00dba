import { Counter, Gauge, Histogram, type Registry } from "prom-client";
import type { Hub } from "../core/hub.ts";

/** Metrics of webhooks and mails. */
export function registerOutgoingMetrics(hub: Hub, registers: Registry[]): void {
  const attempts = new Counter({
    name: "mintmark_webhook_attempts_total",
    help: "Attempts to deliver to webhooks: delivered, retried (another attempt follows), failed (given up).",
    labelNames: ["outcome"],
    registers,
  });
  const seconds = new Histogram({
    name: "mintmark_webhook_attempt_seconds",
    help: "From the look-up of the receiver's name to its answer.",
    buckets: [0.01, 0.05, 0.1, 0.5, 1, 5, 10],
    registers,
  });
  hub.webhookAttempts.watch(({ outcome, ms }) => {
    attempts.inc({ outcome });
    seconds.observe(ms / 1000);
  });
  const mails = new Counter({
    name: "mintmark_mails_total",
    help: "Attempts to send warning mails: accepted, later (another attempt follows), refused (given up).",
    labelNames: ["outcome"],
    registers,
  });
  hub.mailsSent.watch(({ outcome }) => mails.inc({ outcome }));
  const behind = new Gauge({
    name: "mintmark_audit_stream_behind",
    help: "Audit events that the audit stream has not got, as of the last run on this node.",
    registers,
  });
  hub.auditStreamBehind.watch((events) => behind.set(events));
}
