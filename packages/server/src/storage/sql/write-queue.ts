import { HubError } from "../../core/errors.ts";
import { MetricStream } from "../../core/metric-stream.ts";
import type { JobSize } from "../../core/store.ts";

/** Resolves after the requests that have already arrived were read. */
const nextTurn = () => new Promise<void>((resolve) => setImmediate(resolve));

interface Job {
  readonly size: JobSize;
  readonly run: (batch: unknown) => Promise<unknown>;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** The most jobs in one commit, so that the first of them does not wait too long. */
const BATCH_MAX = 64;
/** How many may wait. Beyond it the store says that it is out of reach, instead of growing without bound. */
const WAITING_MAX = 10_000;

/** One transaction that carries several jobs. */
export interface Batch<Writes> {
  readonly writes: Writes;
  /** Runs one job so that its failure undoes that job alone. */
  isolate<Result>(job: (writes: Writes) => Promise<Result>): Promise<Result>;
}

type Transact<Writes> = (work: (batch: Batch<Writes>) => Promise<void>, size: JobSize) => Promise<void>;

/**
 * Group commit: while one transaction becomes durable, the next jobs gather and then share one commit. Jobs
 * run isolated and in order; each resolves only after the commit. If the commit fails, all of its jobs fail.
 */
export class WriteQueue<Writes> {
  /** The number of jobs in each durable commit. */
  readonly commits = new MetricStream<number>();
  readonly #transact: Transact<Writes>;
  #waiting: Job[] = [];
  #running: Promise<void> | null = null;

  /** `transact` runs the work in one durable transaction. */
  constructor(transact: Transact<Writes>) {
    this.#transact = transact;
  }

  run<Result>(job: (writes: Writes) => Promise<Result>, size: JobSize = "small"): Promise<Result> {
    if (this.#waiting.length >= WAITING_MAX) {
      return Promise.reject(new HubError("store_unavailable", { detail: "too many writes are waiting" }));
    }
    return new Promise<Result>((resolve, reject) => {
      this.#waiting.push({
        size,
        run: (batch) => (batch as Batch<Writes>).isolate(job),
        resolve: resolve as (result: unknown) => void,
        reject,
      });
      this.#running ??= this.#drain();
    });
  }

  /** Resolves when nothing waits any more. */
  async idle(): Promise<void> {
    while (this.#running) {
      await this.#running;
    }
  }

  async #drain(): Promise<void> {
    while (this.#waiting.length > 0) {
      // A commit may block the loop; requests that arrived meanwhile are read only in its next turn, and
      // should share this one.
      await nextTurn();
      await this.#commit();
    }
    // In the same turn as the check: a job that arrives in between would find a running queue that no longer
    // looks.
    this.#running = null;
  }

  /** The jobs of the next commit: all small ones that wait, up to the limit, or one large job. */
  #take(size: JobSize): readonly Job[] {
    if (size === "large") {
      return this.#waiting.splice(0, 1);
    }
    const large = this.#waiting.findIndex((job) => job.size === "large");
    return this.#waiting.splice(0, large < 0 ? BATCH_MAX : Math.min(large, BATCH_MAX));
  }

  async #commit(): Promise<void> {
    const size = this.#waiting[0]?.size ?? "small";
    let jobs: readonly Job[] = [];
    const settle: (() => void)[] = [];
    try {
      await this.#transact(async (batch) => {
        // Only now: the transaction may have waited long for its turn, and jobs have arrived meanwhile.
        jobs = this.#take(size);
        for (const job of jobs) {
          try {
            const result = await job.run(batch);
            settle.push(() => job.resolve(result));
          } catch (error) {
            settle.push(() => job.reject(error));
          }
        }
      }, size);
    } catch (error) {
      // A transaction that never began has taken none; its jobs must not wait for ever.
      for (const job of jobs.length > 0 ? jobs : this.#take(size)) {
        job.reject(error);
      }
      return;
    }
    this.commits.publish(jobs.length);
    for (const done of settle) {
      done();
    }
  }
}
