import type { HubContext } from "../context.ts";
import { ask, type Looked, whenKnown } from "../looked.ts";
import type { Secret } from "../secret/secret.ts";
import type { Kind } from "./kinds.ts";
import { type PresentedSecret, readSecret } from "./presented.ts";
import { lookAtSecret, lookById, type Verdict } from "./verify.ts";

interface VerdictCount {
  /** `none` where no credential was found. */
  readonly kind: Kind | "none";
  /** `active`, or why not. */
  readonly outcome: string;
  count: number;
}

/** Answers "is it good?", and counts the answers by kind and outcome. */
export class Verdicts {
  readonly #context: HubContext;
  readonly #counts = new Map<string, VerdictCount>();
  #last: VerdictCount | null = null;

  constructor(context: HubContext) {
    this.#context = context;
  }

  /**
   * The verdict on what was presented: synchronous if this node knows it, else asked of the store, which
   * throws `store_unavailable`.
   */
  look(presented: PresentedSecret): Looked<Verdict> {
    return whenKnown(lookAtSecret(this.#context, presented), this.#count);
  }

  /** The verdict on the credential of that id, for derived bearers that are verified already. */
  lookById(id: string): Looked<Verdict> {
    return whenKnown(lookById(this.#context, id), this.#count);
  }

  /** Reads a text and looks whether it is good, asking the store if it must. Throws `store_unavailable`. */
  async verify(secret: Secret): Promise<Verdict> {
    return ask(this.look(readSecret(secret.reveal())));
  }

  /** Verdicts given so far on this node, by kind and outcome. */
  counts(): readonly VerdictCount[] {
    return [...this.#counts.values()];
  }

  /** Verdicts given so far on this node by outcome alone, under the names that activity is counted by. */
  outcomes(): readonly { readonly name: string; readonly count: number }[] {
    return this.counts().map(({ outcome, count }) => ({
      name: outcome === "active" ? "accepted" : `refused:${outcome}`,
      count,
    }));
  }

  readonly #count = (verdict: Verdict): Verdict => {
    const kind = verdict.credential?.kind ?? "none";
    const outcome = verdict.active ? "active" : (verdict.ending?.reason ?? verdict.reason);
    const last = this.#last;
    // Most verdicts come out like the one before.
    const counted = last?.kind === kind && last.outcome === outcome ? last : this.#countOf(kind, outcome);
    counted.count += 1;
    this.#last = counted;
    return verdict;
  };

  #countOf(kind: Kind | "none", outcome: string): VerdictCount {
    const key = `${kind} ${outcome}`;
    const known = this.#counts.get(key);
    if (known) {
      return known;
    }
    const counted = { kind, outcome, count: 0 };
    this.#counts.set(key, counted);
    return counted;
  }
}
