import type { Credential } from "../../../core/credential/credential.ts";
import type { Foreseen } from "../../../core/store.ts";
import type { SqlAccounts } from "../accounts.ts";
import type { SqlCredentials } from "../credentials.ts";
import type { SqlSessions } from "../sessions.ts";
import { type Remembered, rememberedKey } from "./remembered.ts";
import type { RoomBounds } from "./room-bounds.ts";

interface Parts {
  readonly accounts: SqlAccounts;
  readonly sessions: SqlSessions;
  readonly credentials: SqlCredentials;
  readonly remembered: Remembered;
  readonly known: Map<string, Credential | null>;
  readonly rooms: RoomBounds;
}

/** Between the room that an owner is known to have and the limit: as many as one batch may make. */
const MARGIN = 100;

/**
 * Reads what the jobs of a batch will ask for, all jobs in one statement for each table, and the statements
 * one behind another. Called with the audit head locked, before a job has written anything. `head` resolves
 * to the number of the last event.
 */
export async function readForeseen(
  parts: Parts,
  jobs: readonly Foreseen[],
  head: Promise<number>,
): Promise<void> {
  const unknown = (repo: "accounts" | "sessions"): readonly string[] =>
    [...new Set(jobs.flatMap((job) => job[repo] ?? []))].filter(
      (id) => !parts.remembered.has(rememberedKey(repo, id)),
    );
  const ids = [...new Set(jobs.flatMap((job) => job.credentials ?? []))].filter((id) => !parts.known.has(id));
  await Promise.all([
    remember("accounts", unknown("accounts"), (some) => parts.accounts.findAllById(some)),
    remember("sessions", unknown("sessions"), (some) => parts.sessions.findAllById(some)),
    readCredentials(parts, ids),
    measureRooms(parts, jobs, head),
  ]);

  async function remember(
    repo: "accounts" | "sessions",
    some: readonly string[],
    find: (ids: readonly string[]) => Promise<readonly { readonly id: string }[]>,
  ): Promise<void> {
    if (some.length > 0) {
      const found = new Map((await find(some)).map((row) => [row.id, row]));
      for (const id of some) {
        parts.remembered.set(rememberedKey(repo, id), Promise.resolve(found.get(id) ?? null));
      }
    }
  }
}

async function readCredentials({ credentials, known }: Parts, ids: readonly string[]): Promise<void> {
  if (ids.length > 0) {
    const found = new Map((await credentials.findAllById(ids)).map((row) => [row.id, row]));
    for (const id of ids) {
      known.set(id, found.get(id) ?? null);
    }
  }
}

/** Counts the credentials of owners that may be near their limit. */
async function measureRooms(
  { credentials, rooms }: Parts,
  jobs: readonly Foreseen[],
  head: Promise<number>,
): Promise<void> {
  const asked = jobs.flatMap(({ room }) => room ?? []);
  const [first] = asked;
  // The limit is one for all owners of a hub.
  const max = first?.max ?? 0;
  const owners = [...new Set(asked.map(({ ownerId }) => ownerId))];
  const unsure = owners.filter((id) => !rooms.isFarBelow(id, max - MARGIN));
  if (unsure.length === 0) {
    return;
  }
  const counts = await credentials.countsWithoutEnd(unsure, max);
  const seq = await head;
  for (const ownerId of unsure) {
    rooms.note(ownerId, { count: counts.get(ownerId) ?? 0, seq });
  }
}
