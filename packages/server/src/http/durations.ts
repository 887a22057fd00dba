import type { Metric, MetricObject, Registry } from "prom-client";

/** Upper bounds of the buckets in seconds. */
const BOUNDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1, 5] as const;
const NAME = "mintmark_http_request_seconds";

/** The durations of the answers of one dialect. */
export class Durations {
  /** How many fell into each bucket; the last holds those above every bound. */
  readonly counts: number[] = new Array<number>(BOUNDS.length + 1).fill(0);
  sum = 0;

  observe(seconds: number): void {
    let at = 0;
    while (at < BOUNDS.length && seconds > (BOUNDS[at] as number)) {
      at += 1;
    }
    this.counts[at] = (this.counts[at] as number) + 1;
    this.sum += seconds;
  }
}

/**
 * Shows the durations of each dialect as a histogram, put together at each scrape: prom-client's own walks a
 * dictionary of buckets for each answer.
 */
export function registerDurations(registry: Registry, byDialect: ReadonlyMap<string, Durations>): void {
  const described = {
    name: NAME,
    help: "Time from the request's head to the end of the answer.",
    type: "histogram",
    aggregator: "sum",
  } as unknown as MetricObject;
  const metric = {
    labelNames: ["dialect"],
    ...described,
    get: async () => ({
      ...described,
      values: [...byDialect].flatMap(([dialect, durations]) => valuesOf(dialect, durations)),
    }),
    reset: () => undefined,
  };
  registry.registerMetric(metric as unknown as Metric);
}

function valuesOf(dialect: string, { counts, sum }: Durations) {
  const value = (suffix: string, labels: Readonly<Record<string, string | number>>, value: number) => ({
    metricName: `${NAME}_${suffix}`,
    labels: { ...labels, dialect },
    value,
  });
  let total = 0;
  const buckets = counts.map((count, at) => {
    total += count;
    return value("bucket", { le: BOUNDS[at] ?? "+Inf" }, total);
  });
  return [...buckets, value("sum", {}, sum), value("count", {}, total)];
}
