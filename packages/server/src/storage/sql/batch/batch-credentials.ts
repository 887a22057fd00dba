import type { Credential } from "../../../core/credential/credential.ts";
import type { CredentialWrites } from "../../../core/credential/ports.ts";
import { writeCredential } from "../credential-rows.ts";
import type { SqlCredentials } from "../credentials.ts";
import type { RoomBounds } from "./room-bounds.ts";
import type { WaitingRows } from "./waiting-rows.ts";

interface Parts {
  readonly inner: SqlCredentials;
  readonly waiting: WaitingRows;
  readonly rooms: RoomBounds;
  /** What the batch knows of credentials; null if a credential is known not to exist. */
  readonly known: Map<string, Credential | null>;
  /** The credentials that the present job has changed in `known`. */
  readonly touched: Set<string>;
  /** The number of the last audit event, those of this batch included. */
  readonly lastEvent: () => number;
  /** True until a job of the batch has written anything. */
  readonly isUntouched: () => boolean;
  /** Resolves when what waits is written, and the job can be undone. */
  readonly beforeStatement: () => Promise<void>;
}

/**
 * The credentials of a batch of jobs. New ones without a slot, and ends, wait until the batch ends or a job
 * needs another statement; what the batch knows of a credential answers for the database. The audit head is
 * locked meanwhile, so no other node ends or changes one.
 */
export function batchCredentials(parts: Parts): CredentialWrites {
  const { inner, waiting, rooms, known } = parts;

  async function findById(id: string): Promise<Credential | null> {
    const present = known.get(id);
    if (present !== undefined) {
      return present;
    }
    if (!waiting.isStored) {
      await parts.beforeStatement();
    }
    const found = await inner.findById(id);
    known.set(id, found);
    return found;
  }

  const own: Partial<CredentialWrites> = {
    findById,
    insert: async (credential, life) => {
      if (life.slot !== null) {
        // The index of slots must see the ends before it.
        await parts.beforeStatement();
        return inner.insert(credential, life);
      }
      waiting.addInsert(writeCredential(credential, life));
      parts.touched.add(credential.id);
      known.set(credential.id, credential);
    },
    end: async (id, end) => {
      const present = await findById(id);
      if (!present || present.end) {
        return false;
      }
      waiting.addEnd(id, end);
      parts.touched.add(id);
      known.set(id, { ...present, end, sealedSecret: null });
      return true;
    },
    hasRoom: async (ownerId, now, max) => {
      const here = waiting.insertedOf(ownerId);
      const bound = rooms.boundOf(ownerId, parts.lastEvent());
      if (bound !== null && bound + here < max) {
        return true;
      }
      if (parts.isUntouched()) {
        const count = await inner.countWithoutEnd(ownerId, max);
        rooms.note(ownerId, { count, seq: parts.lastEvent() });
        if (count < max) {
          return true;
        }
      }
      await parts.beforeStatement();
      return inner.hasRoom(ownerId, now, max);
    },
  };
  return new Proxy(inner, {
    get(target, method) {
      const mine: unknown = Reflect.get(own, method);
      const member: unknown = mine ?? Reflect.get(target, method, target);
      if (mine !== undefined || typeof member !== "function") {
        return member;
      }
      return async (...parameters: unknown[]): Promise<unknown> => {
        await parts.beforeStatement();
        known.clear();
        return (member as (...all: unknown[]) => Promise<unknown>).apply(target, parameters);
      };
    },
  });
}
