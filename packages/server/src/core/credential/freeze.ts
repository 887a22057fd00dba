import { type Actor, SYSTEM } from "../audit/events.ts";
import { actorOf, type Caller } from "../caller.ts";
import type { HubContext } from "../context.ts";
import { HubError } from "../errors.ts";
import { malformed } from "../malformed.ts";
import { requireStanding } from "../standing.ts";
import type { Writes } from "../store.ts";
import { auditChange } from "./audit-change.ts";
import type { Credential, Freeze, FreezeClass } from "./credential.ts";
import { findManaged } from "./manage.ts";
import { requireReason } from "./note.ts";
import { lastUsedAt, presentEnd } from "./present-end.ts";
import { isFrozen } from "./state.ts";

export interface FreezeRequest {
  readonly reason: string | null;
  /** When it thaws without a request. */
  readonly until: number | null;
}

/** Refuses credentials for a while. */
export class Freezes {
  readonly #context: HubContext;

  constructor(context: HubContext) {
    this.#context = context;
  }

  /**
   * Refuses the credential everywhere until it is thawed. A frozen credential stays as it is, but an
   * administrator raises the class of a freeze by its owner. Throws `malformed_request`, `not_found`,
   * `credential_ended`.
   */
  async freeze(id: string, request: FreezeRequest, caller: Caller): Promise<Credential> {
    checkRequest(this.#context, request);
    return this.#context.store.write(async (writes) => {
      const { credential, freezer } = await changeable(this.#context, writes, id, caller);
      return freezeInside(this.#context, writes, credential, { ...request, ...freezer });
    });
  }

  /**
   * Lets it be used again. Throws `not_found`, `credential_ended`, and `frozen_by_other` for a class above
   * the caller's.
   */
  async thaw(id: string, caller: Caller): Promise<Credential> {
    return this.#context.store.write(async (writes) => {
      const { credential, freezer } = await changeable(this.#context, writes, id, caller);
      return thawInside(this.#context, writes, credential, freezer);
    });
  }
}

/** The person or system that freezes or thaws, and its class. */
interface Freezer {
  readonly actor: Actor;
  readonly class: FreezeClass;
}

export const SYSTEM_FREEZER: Freezer = { actor: SYSTEM, class: "system" };

const RANK: Readonly<Record<FreezeClass, number>> = { owner: 0, administrator: 1, system: 2 };

/** Freezes inside the transaction of the caller, which has judged that the credential is active. */
export async function freezeInside(
  context: HubContext,
  writes: Writes,
  credential: Credential,
  { actor, class: asClass, reason, until }: FreezeRequest & Freezer,
): Promise<Credential> {
  const now = context.clock.now();
  const present = isFrozen(credential, now) ? credential.frozen : null;
  if (present && !(present.class === "owner" && RANK[asClass] > RANK.owner)) {
    return credential;
  }
  // The idle time of a system's freeze stands still from its own beginning.
  const at = present && asClass !== "system" ? present.at : now;
  const frozen: Freeze = { at, by: actor.name, class: asClass, reason, until };
  await writes.credentials.change(credential.id, { frozen });
  await auditChange(writes, credential, {
    action: "credential.freeze",
    actor,
    details: { class: asClass, reason, until },
  });
  return { ...credential, frozen };
}

/** Thaws inside the transaction of the caller. Throws `frozen_by_other`. */
export async function thawInside(
  context: HubContext,
  writes: Writes,
  credential: Credential,
  freezer: Freezer,
): Promise<Credential> {
  const { frozen } = credential;
  if (!frozen || !isFrozen(credential, context.clock.now())) {
    return credential;
  }
  if (RANK[frozen.class] > RANK.owner && RANK[freezer.class] === RANK.owner) {
    throw new HubError("frozen_by_other");
  }
  return thaw(context, writes, credential, freezer.actor);
}

/** Thaws inside the transaction, whatever the class of the freeze. */
export async function thaw(
  context: HubContext,
  writes: Writes,
  credential: Credential,
  actor: Actor,
): Promise<Credential> {
  const { frozen } = credential;
  const idleFrom =
    frozen?.class === "system" ? idleFromAfter(context, credential, frozen) : credential.idleFrom;
  await writes.credentials.change(credential.id, { frozen: null, idleFrom });
  await auditChange(writes, credential, {
    action: "credential.thaw",
    actor,
    details: { class: frozen?.class, frozenAt: frozen?.at },
  });
  return { ...credential, frozen: null, idleFrom };
}

/** The idle time goes on where it stood when the system froze it. */
function idleFromAfter(context: HubContext, credential: Credential, frozen: Freeze): number | null {
  if (credential.idleMs === null) {
    return credential.idleFrom;
  }
  const before = Math.max(
    credential.createdAt,
    lastUsedAt(context, credential) ?? 0,
    credential.idleFrom ?? 0,
  );
  const thawedAt = Math.min(frozen.until ?? Number.POSITIVE_INFINITY, context.clock.now());
  return before + Math.max(0, thawedAt - frozen.at);
}

/** The credential as the transaction sees it, if it is active and the caller manages it. */
async function changeable(
  context: HubContext,
  writes: Writes,
  id: string,
  caller: Caller,
): Promise<{ readonly credential: Credential; readonly freezer: Freezer }> {
  await requireStanding(context, writes, caller);
  const { credential, manager } = await findManaged(writes, id, caller);
  if (await presentEnd(context, writes.credentials, credential)) {
    throw new HubError("credential_ended");
  }
  return { credential, freezer: { actor: actorOf(caller), class: manager } };
}

function checkRequest(context: HubContext, { reason, until }: FreezeRequest): void {
  requireReason(reason);
  if (until !== null && until <= context.clock.now()) {
    throw malformed("until", "a time in the future", new Date(until));
  }
}
