import { SYSTEM } from "../audit/events.ts";
import type { HubContext } from "../context.ts";
import type { Writes } from "../store.ts";
import { auditChange } from "./audit-change.ts";
import type { Credential } from "./credential.ts";
import { endOne } from "./end-one.ts";
import { presentEnd } from "./present-end.ts";

const RETRY_MS = 250;

/**
 * The first use of each successor that this node has seen. The request that uses it does not wait: the use is
 * written in the background, and with it, in mode `first_use`, the end of the predecessor. Of several nodes
 * that see a first use at once, one writes it.
 */
export class FirstUses {
  readonly #context: HubContext;
  readonly #waiting = new Map<string, number>();
  #writing: Promise<void> | null = null;

  constructor(context: HubContext) {
    this.#context = context;
  }

  /** Notes that a successor was accepted for real work at `at`. */
  note(successorId: string, at: number): void {
    if (!this.#waiting.has(successorId)) {
      this.#waiting.set(successorId, at);
      this.#writing ??= this.#write();
    }
  }

  /** Resolves when everything noted so far is written, or could not be written now. Never rejects. */
  async settle(): Promise<void> {
    await this.#writing;
  }

  async #write(): Promise<void> {
    try {
      for (const [id, at] of this.#waiting) {
        await this.#context.store.write((writes) => writeFirstUse(this.#context, writes, id, at));
        this.#waiting.delete(id);
      }
      this.#writing = null;
    } catch {
      // The store is out of reach; the next attempt finds what still waits.
      this.#writing = null;
      setTimeout(() => {
        if (this.#waiting.size > 0) {
          this.#writing ??= this.#write();
        }
      }, RETRY_MS).unref();
    }
  }
}

async function writeFirstUse(
  context: HubContext,
  writes: Writes,
  successorId: string,
  at: number,
): Promise<void> {
  const successor = await writes.credentials.findById(successorId);
  const { rotation } = successor ?? {};
  if (!successor || successor.end || rotation?.role !== "successor" || rotation.firstUsedAt !== null) {
    return;
  }
  await markUsed(writes, successor, at);
  const predecessor = await writes.credentials.findById(rotation.otherId);
  if (!predecessor?.rotation || predecessor.rotation.otherId !== successorId || predecessor.end) {
    return;
  }
  await markUsed(writes, predecessor, at);
  if (rotation.mode === "first_use" && !(await presentEnd(context, writes.credentials, predecessor))) {
    const end = { at: context.clock.now(), reason: "rotated", note: null } as const;
    await endOne(writes, predecessor.id, end);
    await auditChange(writes, predecessor, {
      action: "credential.revoke",
      actor: SYSTEM,
      details: { reason: end.reason, successor: successorId, firstUsedAt: at },
    });
  }
}

async function markUsed(writes: Writes, { id, rotation }: Credential, at: number): Promise<void> {
  await writes.credentials.change(id, { rotation: rotation && { ...rotation, firstUsedAt: at } });
  writes.announce({ of: "credential", id });
}
