import type { HubContext } from "../context.ts";
import { MetricStream } from "../metric-stream.ts";
import type { Receipt } from "./receipt.ts";

/** Proof that a change has reached every node. */
export class Receipts {
  readonly taken = new MetricStream<Receipt>();
  readonly #context: HubContext;

  constructor(context: HubContext) {
    this.#context = context;
  }

  /**
   * Waits until every active node has applied what was committed before the call, or until the bound. Never
   * rejects: the change is durable whatever the other nodes answer.
   */
  async take(): Promise<Receipt> {
    const receipt = await this.#context.store.collectReceipt();
    this.taken.publish(receipt);
    return receipt;
  }
}
