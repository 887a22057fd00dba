import type { Store } from "../store.ts";
import type { Clock } from "../world.ts";
import { type ActivitySpan, SPAN_MS } from "./ports.ts";

/** A count that only grows, since the start of this node. */
export interface RunningCount {
  readonly name: string;
  readonly count: number;
}

const SPANS: readonly ActivitySpan[] = ["hour", "day"];
const FLUSH_INTERVAL_MS = 10_000;

/**
 * Verdicts and sign-ins by hour and by day. The counts stay in memory and are written every ten seconds, so
 * that no request pays for them; a crash loses at most those ten seconds.
 */
export class ActivityLedger {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #running: () => readonly RunningCount[];
  readonly #signIns = new Map<string, number>();
  /** What is stored already of each running count. */
  readonly #written = new Map<string, number>();
  #flushing: Promise<void> = Promise.resolve();
  #timer: NodeJS.Timeout | null = null;

  constructor(parts: {
    readonly store: Store;
    readonly clock: Clock;
    /** The verdicts that this node has given; read when the counts are written. */
    readonly running: () => readonly RunningCount[];
  }) {
    this.#store = parts.store;
    this.#clock = parts.clock;
    this.#running = parts.running;
  }

  /** Counts a sign-in or a refused one. */
  noteSignIn(name: "sign_in" | "sign_in_refused"): void {
    this.#signIns.set(name, (this.#signIns.get(name) ?? 0) + 1);
  }

  /** Begins to write by the clock. */
  start(onFailure: (error: unknown) => void): void {
    this.#timer ??= setInterval(() => this.flush().catch(onFailure), FLUSH_INTERVAL_MS).unref();
  }

  stop(): void {
    if (this.#timer) {
      clearInterval(this.#timer);
      this.#timer = null;
    }
  }

  /** Writes what was counted so far. Rejects with `store_unavailable`; then nothing is forgotten. */
  flush(): Promise<void> {
    const next = this.#flushing.catch(() => undefined).then(() => this.#write());
    this.#flushing = next;
    return next;
  }

  async #write(): Promise<void> {
    const totals = this.#totals();
    const grown = [...totals].flatMap(([name, total]) => {
      const count = total - (this.#written.get(name) ?? 0);
      return count > 0 ? [{ name, count }] : [];
    });
    if (grown.length === 0) {
      return;
    }
    const now = this.#clock.now();
    // In one order on every node: two transactions that lock the same rows in another order would deadlock.
    const names = grown.sort((a, b) => (a.name < b.name ? -1 : 1));
    const counts = SPANS.flatMap((span) =>
      names.map(({ name, count }) => ({ span, number: Math.floor(now / SPAN_MS[span]), name, count })),
    );
    await this.#store.write((writes) => writes.activity.add(counts), "apart");
    for (const [name, total] of totals) {
      this.#written.set(name, total);
    }
  }

  #totals(): ReadonlyMap<string, number> {
    const totals = new Map(this.#signIns);
    for (const { name, count } of this.#running()) {
      totals.set(name, (totals.get(name) ?? 0) + count);
    }
    return totals;
  }
}
