import { accountScopes } from "../authority/authority.ts";
import { formatScope, intersect, type Scope } from "../authority/scope.ts";
import { actorOf, type Caller } from "../caller.ts";
import type { HubContext } from "../context.ts";
import { HubError, invariant } from "../errors.ts";
import { newId } from "../ids.ts";
import type { Secret } from "../secret/secret.ts";
import { requireStanding } from "../standing.ts";
import type { Writes } from "../store.ts";
import { auditChange } from "./audit-change.ts";
import { type Credential, type Rotation, UNTOUCHED } from "./credential.ts";
import { endOne } from "./end-one.ts";
import type { FirstUses } from "./first-uses.ts";
import { slotOf } from "./kinds.ts";
import { ownLifetime, readLifetime } from "./lifetime.ts";
import { findManaged } from "./manage.ts";
import { type Narrowed, narrowedSuccessor } from "./narrow-successor.ts";
import { drawSecretFor } from "./new-secret.ts";
import { activeOtherGeneration } from "./other-generation.ts";
import { presentEnd } from "./present-end.ts";
import { checkPlan, type OldPlan, rotationFacts } from "./rotation-plan.ts";
import { endOf, isFrozen, isUnusedSuccessor } from "./state.ts";
import { readTitle } from "./title.ts";

export interface RotateRequest {
  readonly id: string;
  readonly old: OldPlan;
  /** Left out: as the predecessor has it. */
  readonly title?: string | null | undefined;
  readonly expiresAt?: number | undefined;
  readonly idleMs?: number | undefined;
  /** `secret`: the credential itself asks, by its own secret. */
  readonly proof: "owner" | "secret";
}

export interface Rotated {
  /** The successor. */
  readonly credential: Credential;
  readonly secret: Secret;
  readonly predecessor: Credential;
}

/** Replaces secrets one generation at a time. */
export class Rotations {
  readonly #context: HubContext;
  readonly #firstUses: FirstUses;

  constructor(context: HubContext, firstUses: FirstUses) {
    this.#context = context;
    this.#firstUses = firstUses;
  }

  /**
   * Makes a successor with a secret of its own. Asked again while nobody has used the successor, it makes the
   * same successor's secret anew, and the earlier one is dead: so a lost answer costs nothing. Everything is
   * judged in the one transaction that acts.
   *
   * Throws `not_found`, `forbidden` for an administrator, `self_rotation_off`, `credential_frozen`,
   * `credential_ended`, `rotation_underway`, `rotation_complete`, `nothing_left`, and `malformed_request` or
   * `beyond_policy` for what is asked.
   */
  async rotate(request: RotateRequest, caller: Caller): Promise<Rotated> {
    // A use that this node has accepted a moment ago decides whether the successor's secret may be made anew.
    await this.#firstUses.settle();
    checkPlan(request.old);
    return this.#context.store.write(async (writes) => {
      await requireStanding(this.#context, writes, caller);
      const work: Work = { context: this.#context, writes, request, caller, now: this.#context.clock.now() };
      const credential = await rotatable(work);
      const unused = await unusedSuccessorOf(work, credential);
      return unused ? renew(work, credential, unused) : begin(work, credential);
    });
  }
}

interface Work {
  readonly context: HubContext;
  readonly writes: Writes;
  readonly request: RotateRequest;
  readonly caller: Caller;
  readonly now: number;
}

/** The credential if the caller may have its successor's secret. */
async function rotatable({ writes, request, caller }: Work): Promise<Credential> {
  const { credential, manager } = await findManaged(writes, request.id, caller);
  if (manager === "administrator") {
    throw new HubError("forbidden", {
      explanation: "A rotation shows the new secret, so only the owner may rotate.",
    });
  }
  if (request.proof === "secret" && !credential.selfRotate) {
    throw new HubError("self_rotation_off");
  }
  return credential;
}

/**
 * The successor whose secret is made anew, or null if the rotation is a new one. Refuses a rotation that must
 * wait, and one of a credential that has ended; but a predecessor that mode `now` ended may be asked for its
 * unused successor again.
 */
async function unusedSuccessorOf(work: Work, credential: Credential): Promise<Credential | null> {
  const { context, writes, request, now } = work;
  const { rotation } = credential;
  const end = await presentEnd(context, writes.credentials, credential);
  const other = rotation && (await activeOtherGeneration(context, writes, credential));
  if (end) {
    const isRetry = rotation?.role === "predecessor" && rotation.mode === "now" && end.reason === "rotated";
    if (!isRetry || request.proof === "secret" || !other || !isUnusedSuccessor(other)) {
      throw new HubError("credential_ended");
    }
    refuseFrozen(other, now);
    return other;
  }
  refuseFrozen(credential, now);
  if (!rotation || !other) {
    return null;
  }
  if (rotation.role === "successor") {
    if (request.old.mode !== "now" || isUnusedSuccessor(credential)) {
      throw new HubError("rotation_underway", { facts: { predecessorId: other.id } });
    }
    return null;
  }
  if (!isUnusedSuccessor(other)) {
    throw new HubError("rotation_complete", { facts: completeFacts(other) });
  }
  refuseFrozen(other, now);
  return other;
}

function completeFacts({ id, rotation }: Credential) {
  const at = rotation?.firstUsedAt ?? null;
  return { successorId: id, firstUsedAt: at === null ? null : new Date(at).toISOString() };
}

function refuseFrozen(credential: Credential, now: number): void {
  if (isFrozen(credential, now)) {
    throw new HubError("credential_frozen");
  }
}

/** A new generation. */
async function begin(work: Work, predecessor: Credential): Promise<Rotated> {
  const { context, writes, request, caller, now } = work;
  const scopes = await heldScopes(writes, predecessor);
  const id = newId(context.clock, context.entropy);
  const { secret, record } = drawSecretFor(context, { id, kind: predecessor.kind });
  const own = ownLifetime(context, predecessor, now);
  const asked = {
    kind: predecessor.kind,
    expiresAt: request.expiresAt ?? own.expiresAt,
    idleMs: request.idleMs ?? own.idleMs,
  };
  const group = predecessor.rotation?.group ?? predecessor.id;
  const facts = rotationFacts(request.old, { group, at: now });
  const credential: Credential = {
    ...predecessor,
    ...UNTOUCHED,
    ...record,
    id,
    title: titleOf(request, predecessor),
    scopes,
    createdAt: now,
    ...readLifetime(context, asked, now),
    lastUse: null,
    note: predecessor.note,
    // Clients that get the new secret alone go on with the name in their configuration.
    formerName: predecessor.formerName,
    addresses: predecessor.addresses,
    addressTrial: predecessor.addressTrial,
    selfRotate: predecessor.selfRotate,
    createdBy: actorOf(caller).name,
    generation: predecessor.generation + 1,
    rotation: { ...facts, role: "successor", otherId: predecessor.id },
  };
  const older = await activeOtherGeneration(context, writes, predecessor);
  if (older) {
    await endRotated(work, older);
  }
  const settled = await settlePredecessor(work, predecessor, { ...facts, role: "predecessor", otherId: id });
  await writes.credentials.insert(credential, {
    slot: slotOf(credential.kind, credential.instance),
    expiresOwn: asked.expiresAt !== undefined,
    idleOwn: asked.idleMs !== undefined,
  });
  await auditRotation(work, credential, { predecessor, repeated: false });
  return { credential, secret, predecessor: settled };
}

/**
 * The same successor with another secret; what the last request says counts. The successor follows what was
 * taken from its predecessor meanwhile, and keeps what was taken from itself.
 */
async function renew(work: Work, predecessor: Credential, successor: Credential): Promise<Rotated> {
  const { context, writes, request, now } = work;
  const before = predecessor.rotation;
  invariant(before, "a successor's predecessor knows of the rotation");
  // An end is final: a predecessor that has ended stays so, no matter what the repeated request asks for.
  const hasEnded = endOf(predecessor, null, now) !== null;
  const plan: OldPlan = hasEnded ? { mode: "now" } : request.old;
  const facts = rotationFacts(plan, { group: before.group, at: now });
  const { secret, record } = drawSecretFor(context, successor);
  const { kind } = successor;
  const lifetime = readLifetime(context, { kind, expiresAt: request.expiresAt, idleMs: request.idleMs }, now);
  const rotation: Rotation = { ...facts, role: "successor", otherId: predecessor.id };
  const change = {
    title: titleOf(request, predecessor),
    ...(await narrowedBy(work, successor, predecessor)),
    ...(request.expiresAt === undefined ? {} : { expiresAt: lifetime.expiresAt }),
    ...(request.idleMs === undefined ? {} : { idleMs: lifetime.idleMs }),
    rotation,
  };
  await writes.credentials.change(successor.id, { ...change, secret: record });
  const side: Rotation = { ...facts, role: "predecessor", otherId: successor.id };
  const settled = hasEnded
    ? await keepEnded(writes, predecessor, side)
    : await settlePredecessor(work, predecessor, side);
  const credential = { ...successor, ...change, ...record };
  await auditRotation(work, credential, { predecessor, repeated: true });
  return { credential, secret, predecessor: settled };
}

/** The successor's members cut to its predecessor's and to what its owner holds. Throws `nothing_left`. */
async function narrowedBy(
  { context, writes }: Work,
  successor: Credential,
  predecessor: Credential,
): Promise<Narrowed> {
  const narrowed = narrowedSuccessor(context, successor, predecessor);
  const scopes = await heldScopes(writes, { ownerId: successor.ownerId, scopes: narrowed.scopes });
  return { ...narrowed, scopes };
}

async function keepEnded(writes: Writes, predecessor: Credential, rotation: Rotation): Promise<Credential> {
  await writes.credentials.change(predecessor.id, { rotation });
  return { ...predecessor, rotation };
}

/** Writes the plan down at the predecessor, and ends it if the plan says `now`. */
async function settlePredecessor(
  work: Work,
  predecessor: Credential,
  rotation: Rotation,
): Promise<Credential> {
  const { writes } = work;
  await writes.credentials.change(predecessor.id, { rotation });
  writes.announce({ of: "credential", id: predecessor.id });
  const planned = { ...predecessor, rotation };
  return rotation.mode === "now" ? endRotated(work, planned) : planned;
}

async function endRotated({ writes, caller, now }: Work, credential: Credential): Promise<Credential> {
  const end = { at: now, reason: "rotated", note: null } as const;
  await endOne(writes, credential.id, end);
  await auditChange(writes, credential, {
    action: "credential.revoke",
    actor: actorOf(caller),
    details: { reason: end.reason },
  });
  return { ...credential, end };
}

/** The scopes of which the owner holds anything now, as they are written. Throws `nothing_left`. */
async function heldScopes(
  writes: Writes,
  { ownerId, scopes }: Pick<Credential, "ownerId" | "scopes">,
): Promise<readonly Scope[]> {
  const owner = await writes.accounts.findById(ownerId);
  const everyone = await writes.sharedGrants.sharedGrants("authenticated");
  const held = owner ? accountScopes(owner, everyone) : [];
  const left = scopes.filter((scope) => held.some((one) => intersect(one, scope) !== null));
  if (left.length === 0) {
    throw new HubError("nothing_left");
  }
  return left;
}

function titleOf({ title }: RotateRequest, predecessor: Credential): string | null {
  return title === undefined ? predecessor.title : readTitle(title);
}

function auditRotation(
  { writes, request, caller }: Work,
  successor: Credential,
  { predecessor, repeated }: { readonly predecessor: Credential; readonly repeated: boolean },
): Promise<void> {
  const { rotation, scopes, expiresAt, instance } = successor;
  return auditChange(writes, successor, {
    action: "credential.rotate",
    actor: actorOf(caller),
    details: {
      predecessor: predecessor.id,
      predecessorHint: predecessor.hint,
      mode: rotation?.mode,
      endsAt: rotation?.endsAt ?? null,
      deadline: rotation?.deadline ?? null,
      scopes: scopes.map(formatScope),
      expiresAt,
      ...(instance === null ? {} : { instance }),
      proof: request.proof,
      repeated,
    },
  });
}
