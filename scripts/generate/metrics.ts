import { Metrics } from "../../packages/server/src/http/metrics.ts";
import { createHarness } from "../../packages/server/src/testing/harness.ts";
import type { Generated } from "./checked-in.ts";

interface Listed {
  readonly name: string;
  readonly help: string;
  readonly type: string;
  readonly labelNames: readonly string[];
}

/** The reference page of what `/metrics` shows, read from the registry of a real hub. */
export async function generate(): Promise<Generated> {
  const harness = await createHarness();
  try {
    const listed = new Metrics(harness.hub).registry.getMetricsAsArray() as unknown as readonly Listed[];
    return { "docs/reference/metrics.md": page(listed) };
  } finally {
    await harness.close();
  }
}

function page(listed: readonly Listed[]): string {
  const rows = (prefix: string) =>
    listed
      .filter(({ name }) => name.startsWith(prefix))
      .map(({ name, type, labelNames, help }) => {
        const labels = labelNames.map((label) => `\`${label}\``).join(", ");
        return `| \`${name}\` | ${type} | ${labels} | ${help} |`;
      })
      .join("\n");
  return `<!-- Made by \`npm run generate\` from packages/server/src/http/*metrics.ts. Edit those files, not this one. -->

# Metrics

\`GET /metrics\` in Prometheus' text format, for this machine alone unless \`MINTMARK_METRICS_ALLOW\` says otherwise. Each node tells of itself: ask
every one. A histogram \`x\` is read as \`x_bucket\`, \`x_sum\` and \`x_count\`.

| name | type | labels | tells |
| --- | --- | --- | --- |
${rows("mintmark_")}

Worth an alarm:

| when | then |
| --- | --- |
| \`mintmark_change_feed_age_seconds > 1\` | this node does not hear of changes. It lets nobody in who was revoked, but asks its database for each verification |
| \`increase(mintmark_revocation_seconds_count{outcome="incomplete"}[5m]) > 0\` | some node did not answer to a revocation within the second |
| \`mintmark_nodes\` differs between nodes, or from how many there should be | a node has lost the database, or ended without signing off |
| \`nodejs_eventloop_lag_p99_seconds > 0.2\` | this node has more to compute than it has time |
| \`increase(mintmark_log_lines_dropped_total[5m]) > 0\` | the log has gaps: its collector has stalled, or the disk behind it is full |

## Of the runtime

\`prom-client\`'s default metrics of the process and of Node.js come along (\`process_*\`, \`nodejs_*\`). Which ones depends on the system; these are always
there, each since the last time somebody asked:

| name | type | tells |
| --- | --- | --- |
${rows("nodejs_eventloop_lag").replaceAll(" |  | ", " | ")}
`;
}
