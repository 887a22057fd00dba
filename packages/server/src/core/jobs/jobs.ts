import { invariant } from "../errors.ts";
import { MetricStream } from "../metric-stream.ts";
import type { Store } from "../store.ts";
import type { Clock, Entropy } from "../world.ts";
import type { Job, JobRun } from "./job.ts";
import type { Lease } from "./ports.ts";

/** How long a node that died without a word keeps a job from the others. */
const LEASE_MS = 15_000;
const RENEW_INTERVAL_MS = 5_000;
/** At most this much of a run is repeated after a crash. */
const STORE_CURSOR_MS = 1_000;
/** How soon a job that another node holds is looked at again, and one that failed. */
const HELD_RETRY_MS = 5_000;
const FAILED_RETRY_MS = 3_000;
/** A stop waits this long for pieces under way. */
const STOP_WAIT_MS = 5_000;
/** Runs of several nodes spread over this share of the interval. */
const JITTER = 0.2;
/**
 * On SQLite this process is the only one, so the lease that its killed predecessor left behind is its own.
 */
const ONLY_NODE = "only-node";

/** Null: there was nothing to do, or it ran lately. `held`: another node runs it. */
type Attempt = JobRun | "held" | null;

export interface JobsOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly entropy: Entropy;
}

/**
 * Runs jobs: each on its own timer, under a lease in the store, piece by piece. A run that a stop or a crash
 * cut short resumes after its last finished piece.
 */
export class Jobs {
  /** Every run that took place. */
  readonly runs = new MetricStream<JobRun>();
  readonly #options: JobsOptions;
  readonly #jobs: ReadonlyMap<string, Job>;
  readonly #holder: string;
  readonly #timers = new Map<string, NodeJS.Timeout>();
  readonly #running = new Map<string, Promise<Attempt>>();
  readonly #stop = new AbortController();

  constructor(options: JobsOptions, jobs: readonly Job[]) {
    this.#options = options;
    this.#jobs = new Map(jobs.map((job) => [job.name, job]));
    this.#holder = options.store.isOnlyWriter ? ONLY_NODE : options.entropy.bytes(12).toString("hex");
  }

  /** Runs every job now and from then on by its interval. */
  start(): void {
    for (const job of this.#jobs.values()) {
      this.#schedule(job, 0, true);
    }
  }

  /**
   * Runs a job now, whenever it ran last. Null when another node runs it. Failures are in the run, not
   * thrown.
   */
  async run(name: string): Promise<JobRun | null> {
    const run = await this.#runOnce(this.#find(name), { evenIfRecent: true });
    return run === "held" ? null : run;
  }

  /**
   * Runs a job as soon as the present run, if there is one, is over. For work that should not wait for the
   * interval.
   */
  wake(name: string): void {
    if (this.#timers.has(name)) {
      this.#schedule(this.#find(name), 0, true);
    }
  }

  /** Begins no run any more and waits for those under way, which end after the piece they are at. */
  async stop(): Promise<void> {
    this.#stop.abort();
    for (const timer of this.#timers.values()) {
      clearTimeout(timer);
    }
    this.#timers.clear();
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, STOP_WAIT_MS);
    });
    await Promise.race([Promise.allSettled(this.#running.values()), late]);
    clearTimeout(timer);
  }

  #find(name: string): Job {
    const job = this.#jobs.get(name);
    invariant(job, `there is a job called ${name}`);
    return job;
  }

  #schedule(job: Job, delayMs: number, evenIfRecent: boolean): void {
    clearTimeout(this.#timers.get(job.name));
    const timer = setTimeout(() => void this.#runAndReschedule(job, timer, evenIfRecent), delayMs);
    timer.unref();
    this.#timers.set(job.name, timer);
  }

  async #runAndReschedule(job: Job, timer: NodeJS.Timeout, evenIfRecent: boolean): Promise<void> {
    const run = await this.#runOnce(job, { evenIfRecent });
    // Waking the job meanwhile has set another timer.
    if (this.#stop.signal.aborted || this.#timers.get(job.name) !== timer) {
      return;
    }
    if (run === "held") {
      // The node that holds it may have died: its lease ends long before the interval of most jobs.
      this.#schedule(job, this.#jittered(Math.min(job.everyMs, HELD_RETRY_MS)), evenIfRecent);
    } else {
      const failed = run !== null && run.outcome === "failed";
      this.#schedule(
        job,
        this.#jittered(failed ? Math.max(job.everyMs, FAILED_RETRY_MS) : job.everyMs),
        false,
      );
    }
  }

  #jittered(everyMs: number): number {
    const share = this.#options.entropy.bytes(1).readUInt8(0) / 255;
    return Math.max(1, Math.round(everyMs * (1 - JITTER * share)));
  }

  /** One run at a time on this node. A second caller gets its own run after the first. */
  #runOnce(job: Job, options: { readonly evenIfRecent: boolean }): Promise<Attempt> {
    const before = this.#running.get(job.name) ?? Promise.resolve(null);
    const run = before.then(() => this.#attempt(job, options));
    this.#running.set(job.name, run);
    return run.finally(() => {
      if (this.#running.get(job.name) === run) {
        this.#running.delete(job.name);
      }
    });
  }

  async #attempt(job: Job, options: { readonly evenIfRecent: boolean }): Promise<Attempt> {
    const began = performance.now();
    const progress = { done: 0 };
    try {
      if (this.#stop.signal.aborted || (job.hasWork && !(await job.hasWork()))) {
        return null;
      }
      const lease = await this.#take(job, options);
      if (lease === "held") {
        return "held";
      }
      if (lease === "recent") {
        return null;
      }
      const finished = await this.#work(job, lease.cursor, progress);
      return this.#report(
        { job: job.name, outcome: finished ? "finished" : "interrupted", ...progress },
        began,
      );
    } catch (error) {
      return this.#report({ job: job.name, outcome: "failed", ...progress, error }, began);
    }
  }

  #report(run: Omit<JobRun, "tookMs">, began: number): JobRun {
    const whole = { ...run, tookMs: performance.now() - began };
    this.runs.publish(whole);
    return whole;
  }

  #take(job: Job, options: { readonly evenIfRecent: boolean }): Promise<Lease | "held" | "recent"> {
    const now = this.#options.clock.now();
    return this.#options.store.write(
      (writes) =>
        writes.jobs.take({
          job: job.name,
          holder: this.#holder,
          now,
          leaseMs: LEASE_MS,
          dueIfStartedBefore: options.evenIfRecent ? null : now - job.everyMs / 2,
        }),
      "apart",
    );
  }

  /** Works piece by piece under the lease. True when nothing is left. */
  async #work(job: Job, from: string | null, progress: { done: number }): Promise<boolean> {
    const claim = new AbortController();
    const signal = AbortSignal.any([claim.signal, this.#stop.signal]);
    let cursor = from;
    let renewedAt = performance.now();
    const renew = async (): Promise<void> => {
      const until = this.#options.clock.now() + LEASE_MS;
      const isOurs = await this.#options.store.write(
        (writes) => writes.jobs.renew({ job: job.name, holder: this.#holder, until, cursor }),
        "apart",
      );
      renewedAt = performance.now();
      if (!isOurs) {
        claim.abort();
      }
    };
    const timer = setInterval(() => renew().catch(() => claim.abort()), RENEW_INTERVAL_MS);
    timer.unref();
    try {
      for (;;) {
        const piece = await job.run(cursor, signal);
        progress.done += piece.done;
        cursor = piece.next;
        if (cursor === null || signal.aborted) {
          return cursor === null && !claim.signal.aborted;
        }
        // Storing each step of a long run would cost more than the run.
        if (performance.now() - renewedAt > STORE_CURSOR_MS) {
          await renew();
        }
      }
    } finally {
      clearInterval(timer);
      await this.#options.store.write(
        (writes) => writes.jobs.release({ job: job.name, holder: this.#holder, cursor }),
        "apart",
      );
    }
  }
}
