import type { Account } from "../account/account.ts";
import type { ActivityLedger } from "../activity/activity-ledger.ts";
import { type ActivityCount, type ActivitySpan, SPAN_MS } from "../activity/ports.ts";
import { type ChainCheck, checkChain } from "../audit/check.ts";
import type { HubContext } from "../context.ts";
import type { Credential } from "../credential/credential.ts";
import { HubError } from "../errors.ts";
import type { NodeReceipt } from "../receipt/receipt.ts";
import type { KindSummary } from "./ports.ts";

/** Some counts of the whole hub, as of `at`. */
export interface HubStatistics {
  readonly at: number;
  readonly kinds: readonly KindSummary[];
  /** The last 24 hours and the last 90 days, oldest first. */
  readonly hours: readonly ActivityCount[];
  readonly days: readonly ActivityCount[];
  readonly mostUsed: readonly { readonly credential: Credential; readonly uses: number }[];
  /** The active nodes; this one comes first. */
  readonly nodes: readonly NodeReceipt[];
  /** The newest events of the audit chain, checked; `checkedFrom` is the first of them. */
  readonly audit: ChainCheck & { readonly checkedFrom: number };
}

export interface OwnStatistics {
  readonly at: number;
  readonly kinds: readonly KindSummary[];
}

/** An answer is shared for this long at least, */
const SHARED_MS = 1_000;
/** and for as many times as long as it took, so that counting takes a small share of a large store's time. */
const REST_FACTOR = 20;
const MOST_USED_MAX = 10;
const CHECKED_EVENTS = 500;
const HOURS = 24;
const DAYS = 90;

/**
 * What the dashboard shows. Counting walks all active credentials, where the store does long reads. It
 * happens when somebody asks, once for all who ask at the same time.
 */
export class Statistics {
  readonly #context: HubContext;
  readonly #activity: ActivityLedger;
  #latest: HubStatistics | null = null;
  #goodUntil = 0;
  #counting: Promise<HubStatistics> | null = null;

  constructor(context: HubContext, activity: ActivityLedger) {
    this.#context = context;
    this.#activity = activity;
  }

  /** Of the whole hub; at most a little old. */
  async ofHub(): Promise<HubStatistics> {
    if (this.#latest && this.#context.clock.now() < this.#goodUntil) {
      return this.#latest;
    }
    this.#counting ??= this.#count().finally(() => {
      this.#counting = null;
    });
    return this.#counting;
  }

  /** Of one account's own credentials. */
  async ofAccount({ id }: Account): Promise<OwnStatistics> {
    const at = this.#context.clock.now();
    return { at, kinds: await this.#context.store.read.statistics.summarize(id, at) };
  }

  async #count(): Promise<HubStatistics> {
    const { clock, store, usage } = this.#context;
    const began = performance.now();
    await usage.flush();
    await this.#activity.flush();
    const at = clock.now();
    const { statistics } = store.read;
    const kinds = await statistics.summarize(undefined, at);
    const mostUsed = await this.#mostUsed(spanNumber(at, "day") - 1);
    const [hours, days, { nodes }, audit] = await Promise.all([
      store.read.activity.since("hour", spanNumber(at, "hour") - HOURS + 1),
      store.read.activity.since("day", spanNumber(at, "day") - DAYS + 1),
      store.collectReceipt(),
      this.#checkNewest(),
    ]);
    this.#latest = { at, kinds, hours, days, mostUsed, nodes, audit };
    this.#goodUntil = clock.now() + Math.max(SHARED_MS, (performance.now() - began) * REST_FACTOR);
    return this.#latest;
  }

  async #mostUsed(sinceDay: number): Promise<HubStatistics["mostUsed"]> {
    const { credentials, statistics } = this.#context.store.read;
    const found = await statistics.mostUsed(sinceDay, MOST_USED_MAX);
    const named = await Promise.all(
      found.map(async ({ credentialId, uses }) => {
        const credential = await credentials.findById(credentialId);
        return credential ? [{ credential, uses }] : [];
      }),
    );
    return named.flat();
  }

  async #checkNewest(): Promise<HubStatistics["audit"]> {
    const { auditMac, store } = this.#context;
    const { seq } = await store.read.audit.head();
    const after = Math.max(0, seq - CHECKED_EVENTS);
    try {
      const found = await checkChain(store.read.audit, auditMac, { after, limit: CHECKED_EVENTS });
      return { ...found, checkedFrom: after + 1 };
    } catch (error) {
      if (error instanceof HubError && error.code === "not_found") {
        return { ...MISSING, sequence: after, brokenAt: after, checkedFrom: after };
      }
      throw error;
    }
  }
}

/** The event that the check would begin after is missing. */
const MISSING = { intact: false, hash: "", keyedFrom: null, complete: false } as const;

/** Hours or days since the epoch. */
function spanNumber(at: number, span: ActivitySpan): number {
  return Math.floor(at / SPAN_MS[span]);
}
