import { RECEIPT_BOUND_MS } from "../../core/receipt/receipt.ts";
import type { NodeAnswers } from "../sql/node-answer.ts";
import type { ListeningConnection } from "./listening-connection.ts";
import type { LivingNode, NodeRows } from "./node-rows.ts";

/**
 * A channel apart from that of the changes: a node of a version that knows no barriers does not hear them,
 * where a word that it cannot read among the changes would make it forget everything.
 */
export const BARRIER_CHANNEL = "mintmark_barriers";

/** Somebody who waits for the other nodes. */
interface Wait {
  /** The first barrier that was sent after the wait began; any later one proves as much. */
  readonly barrier: number;
  readonly began: number;
  /** Who must answer; null until its barrier is on its way. */
  living: readonly LivingNode[] | null;
  /** Milliseconds after it began, by node. */
  readonly answered: Map<string, number>;
  finish(): void;
}

/**
 * Finds out when all nodes have applied what was committed. A barrier is a notification like the changes are:
 * since every node hears notifications in the order of their commits, one that hears the barrier has heard
 * of, and so applied, all that was committed before it was sent. It answers on a channel of the node that
 * asks.
 *
 * One barrier is out at a time, until this node hears it itself, and serves all who began to wait before it
 * was sent: a burst of changes makes no more barriers than the database carries. While somebody waits another
 * follows at each beat, for nodes that were just away.
 */
export class Barriers {
  readonly answerChannel: string;
  readonly #nodes: NodeRows;
  readonly #waiting = new Set<Wait>();
  /** Nodes that wait for an answer of this one, each with its latest barrier. */
  readonly #owed = new Map<string, number>();
  /** The connection that listens, while there is one. */
  #connection: ListeningConnection | null = null;
  #last = 0;
  #isOut = false;
  #isAnswering = false;
  #closed = false;

  constructor(nodes: NodeRows) {
    this.#nodes = nodes;
    this.answerChannel = channelOf(nodes.self.id);
  }

  /**
   * Resolves when every other active node has applied what was committed before, or when the bound has
   * passed; never rejects.
   */
  collectReceipt(): Promise<NodeAnswers> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => wait.finish(), RECEIPT_BOUND_MS);
      const wait: Wait = {
        barrier: this.#last + 1,
        began: performance.now(),
        living: null,
        answered: new Map(),
        finish: () => {
          clearTimeout(timer);
          this.#waiting.delete(wait);
          resolve(this.#answersTo(wait));
        },
      };
      this.#waiting.add(wait);
      if (this.#closed) {
        wait.finish();
      } else {
        this.#send();
      }
    });
  }

  /** This connection listens from now on. */
  join(connection: ListeningConnection): void {
    this.#connection = connection;
    this.#isOut = false;
    this.beat();
  }

  /** The connection was lost. */
  part(): void {
    this.#connection = null;
  }

  beat(): void {
    if (this.#waiting.size > 0) {
      this.#send();
    }
  }

  /** Ends every wait with the answers received so far. */
  close(): void {
    this.#closed = true;
    this.part();
    for (const wait of [...this.#waiting]) {
      wait.finish();
    }
  }

  takeBarrier(payload: string): void {
    const [asking, barrier] = readPair(payload);
    if (asking !== this.#nodes.self.id) {
      this.#owed.set(asking, barrier);
      void this.#answer();
    } else if (barrier === this.#last) {
      this.#land();
    }
  }

  takeAnswer(payload: string): void {
    const [node, barrier] = readPair(payload);
    for (const wait of this.#waiting) {
      if (wait.barrier <= barrier && !wait.answered.has(node)) {
        wait.answered.set(node, performance.now() - wait.began);
      }
    }
    this.#finishAnswered();
  }

  #send(): void {
    const connection = this.#connection;
    if (!connection || this.#isOut) {
      return;
    }
    this.#isOut = true;
    this.#last += 1;
    this.#sendOver(connection, this.#last).catch(() => {
      // Whether the connection still stands is for the beats to find out.
      this.#isOut = connection === this.#connection ? false : this.#isOut;
    });
  }

  async #sendOver(connection: ListeningConnection, barrier: number): Promise<void> {
    // Read after the commits in question: a node without a row yet has cached nothing from before it
    // listened.
    const living = await this.#nodes.look(connection);
    for (const wait of this.#waiting) {
      wait.living = wait.barrier <= barrier ? living : wait.living;
    }
    this.#finishAnswered();
    if (living.length === 0) {
      this.#land();
    } else {
      await connection.notify(BARRIER_CHANNEL, `${this.#nodes.self.id} ${barrier}`);
    }
  }

  /** The barrier is no longer in flight: waits that began since are served by the next one. */
  #land(): void {
    this.#isOut = false;
    if ([...this.#waiting].some((wait) => wait.barrier > this.#last)) {
      this.#send();
    }
  }

  #finishAnswered(): void {
    for (const wait of [...this.#waiting]) {
      if (wait.living?.every(({ id }) => wait.answered.has(id))) {
        wait.finish();
      }
    }
  }

  #answersTo(wait: Wait): NodeAnswers {
    const now = performance.now();
    const others = (wait.living ?? this.#nodes.others).map(({ id, name, seenAt }) => ({
      id,
      name,
      appliedAfterMs: wait.answered.get(id) ?? null,
      unseenMs: now - seenAt,
    }));
    // This node applies its own commits before anybody can wait for them.
    const self = { ...this.#nodes.self, appliedAfterMs: 0, unseenMs: 0 };
    return { asked: wait.living !== null, answers: [self, ...others] };
  }

  /** No retry here: the asking node repeats its barrier and reports this node as unanswered. */
  async #answer(): Promise<void> {
    if (this.#isAnswering) {
      return;
    }
    this.#isAnswering = true;
    try {
      for (const [asking, barrier] of this.#owed) {
        this.#owed.delete(asking);
        await this.#connection?.notify(channelOf(asking), `${this.#nodes.self.id} ${barrier}`);
      }
    } catch {
      this.#owed.clear();
    } finally {
      this.#isAnswering = false;
    }
  }
}

function channelOf(nodeId: string): string {
  return `mintmark_answers_${nodeId}`;
}

function readPair(payload: string): [node: string, barrier: number] {
  const [node = "", barrier = ""] = payload.split(" ");
  return [node, Number(barrier)];
}
