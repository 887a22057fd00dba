import { randomBytes } from "node:crypto";
import { hostname } from "node:os";
import type { Receipt } from "../../core/receipt/receipt.ts";

/** One running server as the others know it. */
export interface Node {
  readonly id: string;
  /** Host and process. */
  readonly name: string;
}

/** A name that no node had before: a process that starts again is another node. */
export function newNode(): Node {
  return { id: randomBytes(8).toString("hex"), name: `${hostname()}:${process.pid}` };
}

/** One node's answer to the question whether it has applied every change. */
export interface NodeAnswer extends Node {
  /** Milliseconds after asking; null: it did not answer in time. */
  readonly appliedAfterMs: number | null;
  /** How long ago it gave its last sign of life. */
  readonly unseenMs: number;
}

/** The answers of all nodes; the asking node comes first. */
export interface NodeAnswers {
  /** False if the list of active nodes could not be read and may be out of date. */
  readonly asked: boolean;
  readonly answers: readonly NodeAnswer[];
}

/** The answers on the clock of the node that asked at `askedAt` and waited for `tookMs`. */
export function toReceipt({ asked, answers }: NodeAnswers, askedAt: number, tookMs: number): Receipt {
  const at = (ms: number): number => askedAt + Math.round(ms);
  return {
    complete: asked && answers.every(({ appliedAfterMs }) => appliedAfterMs !== null),
    asked,
    tookMs,
    nodes: answers.map(({ id, name, appliedAfterMs, unseenMs }) => ({
      id,
      name,
      applied: appliedAfterMs === null ? null : { at: at(appliedAfterMs), afterMs: appliedAfterMs },
      lastSeenAt: at(tookMs - unseenMs),
    })),
  };
}
