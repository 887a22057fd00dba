import { HubError } from "../../core/errors.ts";
import { MetricStream } from "../../core/metric-stream.ts";
import type { Foreseen, JobSize } from "../../core/store.ts";

/** Resolves after the requests that have already arrived were read. */
const nextTurn = () => new Promise<void>((resolve) => setImmediate(resolve));

interface Job {
  readonly size: JobSize;
  readonly foreseen: Foreseen;
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
  /** Reads what these jobs will ask for, all at once. Called before any of them runs. */
  foresee(jobs: readonly Foreseen[]): Promise<void>;
  /** Runs one job so that its failure undoes that job alone. */
  isolate<Result>(job: (writes: Writes) => Promise<Result>): Promise<Result>;
}

type Transact<Writes> = (work: (batch: Batch<Writes>) => Promise<void>, size: JobSize) => Promise<void>;

/**
 * Group commit: while one transaction becomes durable, the next jobs gather and then share one commit. Jobs
 * run isolated and in order; each resolves only after the commit. If the database refuses something that
 * they wrote together, each runs again in a commit of its own; if the commit fails otherwise, all of its jobs
 * fail.
 */
export class WriteQueue<Writes> {
  /** The number of jobs in each durable commit. */
  readonly commits = new MetricStream<number>();
  readonly #transact: Transact<Writes>;
  readonly #isRefusal: (error: unknown) => boolean;
  #waiting: Job[] = [];
  #running: Promise<void> | null = null;

  /**
   * `transact` runs the work in one durable transaction. `isRefusal` tells an error after which the jobs may
   * be tried one by one.
   */
  constructor(transact: Transact<Writes>, isRefusal: (error: unknown) => boolean) {
    this.#transact = transact;
    this.#isRefusal = isRefusal;
  }

  run<Result>(
    job: (writes: Writes) => Promise<Result>,
    size: JobSize = "small",
    foreseen: Foreseen = {},
  ): Promise<Result> {
    if (this.#waiting.length >= WAITING_MAX) {
      return Promise.reject(new HubError("store_unavailable", { detail: "too many writes are waiting" }));
    }
    return new Promise<Result>((resolve, reject) => {
      this.#waiting.push({
        size,
        foreseen,
        run: (batch) => (batch as Batch<Writes>).isolate(job),
        resolve: resolve as (result: unknown) => void,
        reject,
      });
      this.#running ??= this.#drain();
    });
  }

  /** What the jobs of the next commit will read, as far as they wait already. */
  foreseen(): readonly Foreseen[] {
    return this.#waiting.slice(0, BATCH_MAX).map((job) => job.foreseen);
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
    if (size !== "small") {
      return this.#waiting.splice(0, 1);
    }
    const large = this.#waiting.findIndex((job) => job.size !== "small");
    return this.#waiting.splice(0, large < 0 ? BATCH_MAX : Math.min(large, BATCH_MAX));
  }

  async #commit(): Promise<void> {
    const size = this.#waiting[0]?.size ?? "small";
    let jobs: readonly Job[] = [];
    try {
      // Only in the transaction: it may have waited long for its turn, and jobs have arrived meanwhile.
      await this.#runTogether(size, () => {
        jobs = this.#take(size);
        return jobs;
      });
    } catch (error) {
      // A transaction that never began has taken none; its jobs must not wait for ever.
      const failed = jobs.length > 0 ? jobs : this.#take(size);
      if (failed.length > 1 && this.#isRefusal(error)) {
        await this.#runOneByOne(failed);
        return;
      }
      for (const job of failed) {
        job.reject(error);
      }
    }
  }

  /** Runs the jobs in one transaction, and settles them if it commits. */
  async #runTogether(size: JobSize, take: () => readonly Job[]): Promise<void> {
    let jobs: readonly Job[] = [];
    let settle: (() => void)[] = [];
    await this.#transact(async (batch) => {
      jobs = take();
      settle = [];
      await batch.foresee(jobs.map(({ foreseen }) => foreseen));
      for (const job of jobs) {
        try {
          const result = await job.run(batch);
          settle.push(() => job.resolve(result));
        } catch (error) {
          settle.push(() => job.reject(error));
        }
      }
    }, size);
    this.commits.publish(jobs.length);
    for (const done of settle) {
      done();
    }
  }

  async #runOneByOne(jobs: readonly Job[]): Promise<void> {
    for (const job of jobs) {
      try {
        await this.#runTogether(job.size, () => [job]);
      } catch (error) {
        job.reject(error);
      }
    }
  }
}
