import type { HubContext } from "../context.ts";
import type { Job } from "../jobs/job.ts";
import type { MetricStream } from "../metric-stream.ts";
import type { Store } from "../store.ts";
import type { AuditSink } from "./ports.ts";

const CURSOR = "audit-stream";
/** Events that one piece hands on. */
const BATCH = 500;

/**
 * Remembers where the stream begins: on a new store with the first event, on one that has events already with
 * the next. To be called before anything of this start is written.
 */
export async function beginAuditStream(store: Store): Promise<void> {
  await store.write(async (writes) => {
    if ((await writes.settings.get(CURSOR)) === null) {
      const { seq } = await writes.audit.head();
      await writes.settings.set(CURSOR, String(seq));
    }
  });
}

/**
 * Copies audit events to the sink in order, each at least once. The stored cursor moves when events count as
 * arrived, so that a restart or another node goes on with what may be missing. `behind` is told how many
 * events the sink has not got.
 */
export function streamAuditJob(context: HubContext, sink: AuditSink, behind: MetricStream<number>): Job {
  const { read } = context.store;
  const storedSeq = async () => Number((await read.settings.get(CURSOR)) ?? 0);
  return {
    name: "stream-audit",
    everyMs: 1_000,
    hasWork: async () => sink.isReady() && (await read.audit.head()).seq > (await storedSeq()),
    run: async () => {
      const stored = await storedSeq();
      const events = await read.audit.after(Math.max(stored, sink.writtenSeq ?? 0), BATCH);
      if (events.length > 0) {
        await sink.write(events);
      }
      const settled = sink.settledSeq ?? 0;
      if (settled > stored) {
        await context.store.write((writes) => writes.settings.set(CURSOR, String(settled)));
      }
      behind.publish((await read.audit.head()).seq - (sink.writtenSeq ?? stored));
      return { done: events.length, next: events.length === BATCH ? "more" : null };
    },
  };
}
