import { BlockList, isIP } from "node:net";
import { Counter, collectDefaultMetrics, Gauge, Registry } from "prom-client";
import type { Hub } from "../core/hub.ts";
import { Durations, registerDurations } from "./durations.ts";
import { registerJobMetrics } from "./job-metrics.ts";
import { registerOutgoingMetrics } from "./outgoing-metrics.ts";
import { registerStoreMetrics } from "./store-metrics.ts";

/**
 * Counts answers with the same labels and reports them at each scrape: prom-client hashes its labels for each
 * count.
 */
interface AnswerSeries extends AnswerKey {
  pending: number;
  readonly durations: Durations;
}

interface AnswerKey {
  readonly dialect: string;
  readonly method: string;
  readonly status: number;
}

/** The metrics, in Prometheus' text format. */
export class Metrics {
  readonly registry = new Registry();
  readonly requests: Counter<"dialect" | "method" | "status">;
  readonly refusals: Counter<"dialect" | "code">;

  readonly #refused = new Map<string, () => void>();
  readonly #answers = new Map<string, AnswerSeries>();
  #last: AnswerSeries | null = null;
  readonly #durations = new Map<string, Durations>();

  constructor(hub: Hub, logLinesDropped: () => number = () => 0) {
    const registers = [this.registry];
    const answers = this.#answers;
    collectDefaultMetrics({ register: this.registry });
    this.requests = new Counter({
      name: "mintmark_http_requests_total",
      help: "Requests answered, by dialect, method and status.",
      labelNames: ["dialect", "method", "status"],
      registers,
      collect() {
        for (const series of answers.values()) {
          const { dialect, method, status } = series;
          this.inc({ dialect, method, status: String(status) }, series.pending);
          series.pending = 0;
        }
      },
    });
    registerDurations(this.registry, this.#durations);
    this.refusals = new Counter({
      name: "mintmark_refusals_total",
      help: "Requests refused, by dialect and the hub's own code.",
      labelNames: ["dialect", "code"],
      registers,
    });
    const { index } = hub.vitals;
    new Counter({
      name: "mintmark_verdicts_total",
      help: "Verdicts on credentials, by kind and by how they came out.",
      labelNames: ["kind", "outcome"],
      registers,
      collect() {
        this.reset();
        for (const { kind, outcome, count } of hub.verdicts.counts()) {
          this.inc({ kind, outcome }, count);
        }
      },
    });
    new Gauge({
      name: "mintmark_index_entries",
      help: "Credentials that this node can verify without the database.",
      registers,
      collect() {
        this.set(index.size);
      },
    });
    new Counter({
      name: "mintmark_index_hits_total",
      help: "Verifications answered by the index.",
      registers,
      collect() {
        this.reset();
        this.inc(index.hits);
      },
    });
    new Counter({
      name: "mintmark_index_misses_total",
      help: "Verifications that asked the database.",
      registers,
      collect() {
        this.reset();
        this.inc(index.misses);
      },
    });
    new Counter({
      name: "mintmark_log_lines_dropped_total",
      help: "Log lines that were lost, since nobody read stderr or it could not be written.",
      registers,
      collect() {
        this.reset();
        this.inc(logLinesDropped());
      },
    });
    registerStoreMetrics(hub, registers);
    registerJobMetrics(hub, registers);
    registerOutgoingMetrics(hub, registers);
  }

  /** Counts a refusal. */
  countRefusal({ dialect, code }: { dialect: string; code: string }): void {
    const key = `${dialect} ${code}`;
    let count = this.#refused.get(key);
    if (!count) {
      const series = this.refusals.labels({ dialect, code });
      count = () => series.inc();
      this.#refused.set(key, count);
    }
    count();
  }

  /** Counts an answer. Most answers are of the series of the one before, which is looked at first. */
  countAnswer({ dialect, method, status }: AnswerKey, seconds: number): void {
    const last = this.#last;
    const isSame = last?.dialect === dialect && last.method === method && last.status === status;
    const series = isSame ? last : this.#seriesOf({ dialect, method, status });
    this.#last = series;
    series.pending += 1;
    series.durations.observe(seconds);
  }

  #seriesOf({ dialect, method, status }: AnswerKey): AnswerSeries {
    const key = `${dialect} ${method} ${status}`;
    const known = this.#answers.get(key);
    if (known) {
      return known;
    }
    const series = { dialect, method, status, pending: 0, durations: this.#durationsOf(dialect) };
    this.#answers.set(key, series);
    return series;
  }

  #durationsOf(dialect: string): Durations {
    const known = this.#durations.get(dialect) ?? new Durations();
    this.#durations.set(dialect, known);
    return known;
  }
}

/** Who may read `/metrics`: `any`, or these networks. */
export type MetricsReaders = "any" | readonly string[];

const LOOPBACK = ["127.0.0.0/8", "::1/128"] as const;

/** A check of plain addresses (see `plainAddress`) against networks in CIDR notation. */
export function addressMatcher(readers: MetricsReaders | null): (address: string) => boolean {
  if (readers === "any") {
    return () => true;
  }
  const list = new BlockList();
  for (const network of readers ?? LOOPBACK) {
    const [address = "", prefix] = network.split("/");
    const family = isIP(address) === 6 ? "ipv6" : "ipv4";
    list.addSubnet(address, Number(prefix ?? (family === "ipv6" ? 128 : 32)), family);
  }
  return (address) => {
    const family = isIP(address);
    return family !== 0 && list.check(address, family === 6 ? "ipv6" : "ipv4");
  };
}
