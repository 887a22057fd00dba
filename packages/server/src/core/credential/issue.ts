import type { Account } from "../account/account.ts";
import { Authority, accountScopes } from "../authority/authority.ts";
import { formatScope, type Scope, USER_ADMIN } from "../authority/scope.ts";
import { readScopeList, refuseScope, refuseTooMany } from "../authority/scope-list.ts";
import { actorOf, type Caller, ownerOf } from "../caller.ts";
import { CLI_CLIENT } from "../client/client.ts";
import type { HubContext } from "../context.ts";
import { HubError } from "../errors.ts";
import { newId } from "../ids.ts";
import { ask } from "../looked.ts";
import { malformed } from "../malformed.ts";
import type { Secret } from "../secret/secret.ts";
import { foreseenOf, requireClientStands, requireSameAccount, requireStanding } from "../standing.ts";
import type { Writes } from "../store.ts";
import { readAddresses } from "./addresses.ts";
import { type Credential, UNTOUCHED } from "./credential.ts";
import { endEvery } from "./end-every.ts";
import { instanceScope, KINDS, type Kind, slotOf } from "./kinds.ts";
import { readLifetime } from "./lifetime.ts";
import { drawSecretFor } from "./new-secret.ts";
import { readNote } from "./note.ts";
import { auditEnds } from "./revoke.ts";
import { takeSlot } from "./take-slot.ts";
import { readTitle } from "./title.ts";

export interface IssueRequest {
  readonly kind: Kind;
  readonly title?: string | null | undefined;
  /** In scope grammar. Left out: the kind's own. Empty: refused. */
  readonly scopes?: readonly string[] | undefined;
  readonly expiresAt?: number | undefined;
  readonly idleMs?: number | undefined;
  readonly instance?: string | undefined;
  /** The OAuth client it is issued to. */
  readonly client?: { readonly id: string; readonly createdAt: number } | undefined;
  readonly note?: string | null | undefined;
  readonly addresses?: readonly string[] | null | undefined;
  /** Left out: as the kind has it. */
  readonly selfRotate?: boolean | undefined;
  /** The credential that the slot must still hold: the one that asks to be replaced. */
  readonly replaces?: string | undefined;
  readonly repeat?: RepeatGuard | undefined;
  /** Ends all active ones of the owner that are of the same kind, though the kind has no slot. */
  readonly replacesKind?: true;
}

/** For a request that may arrive twice though it was meant once. */
export interface RepeatGuard {
  /** Tells this request from others of the owner; stands in the audit. */
  readonly key: string;
  readonly withinMs: number;
}

export interface Issued {
  readonly credential: Credential;
  readonly secret: Secret;
}

const SCOPES_MAX = 100;

/** Creates credentials. */
export class Issuance {
  readonly #context: HubContext;

  constructor(context: HubContext) {
    this.#context = context;
  }

  /**
   * Creates a credential for `owner` and returns its secret, once. If the kind has one slot per owner (or per
   * instance), the credential in the slot ends in the same transaction. The caller's right to create one is
   * decided before.
   *
   * Throws `malformed_request`, `invalid_scope`, `beyond_policy`, and `not_found` for an instance that is
   * unknown or not granted; `credential_inactive` when the one to be replaced has ended meanwhile;
   * `credential_limit`; `slow_down` for a repeat.
   */
  async issue(owner: Account, request: IssueRequest, caller: Caller): Promise<Issued> {
    const draft = await draftCredential(this.#context, { owner, request, caller });
    return this.#context.store.write((writes) => insertDraft(this.#context, writes, draft), "small", {
      ...foreseenOf(caller, owner.id),
      room: { ownerId: owner.id, max: this.#context.policy.credentialsPerOwner },
    });
  }
}

/** As `Issuance.issue`, inside the caller's transaction, which may have created the owner. */
export async function issueInside(
  context: HubContext,
  writes: Writes,
  order: { readonly owner: Account; readonly request: IssueRequest; readonly caller: Caller },
): Promise<Issued> {
  return insertDraft(context, writes, await draftCredential(context, order));
}

interface Draft {
  readonly credential: Credential;
  readonly secret: Secret;
  readonly owner: Account;
  readonly request: IssueRequest;
  readonly caller: Caller;
}

async function draftCredential(
  context: HubContext,
  {
    owner,
    request,
    caller,
  }: { readonly owner: Account; readonly request: IssueRequest; readonly caller: Caller },
): Promise<Draft> {
  const now = context.clock.now();
  const rules = KINDS[request.kind];
  const instance = await checkInstance(context, owner, request);
  const chosen = readScopes(owner, request, instance);
  const scopes = request.client?.id === CLI_CLIENT ? [...chosen, USER_ADMIN] : chosen;
  if (
    new Authority([
      accountScopes(owner, await ask(context.index.authenticatedGrants())),
      scopes,
    ]).crossesTooOften()
  ) {
    throw refuseTooMany("scopes");
  }
  const id = newId(context.clock, context.entropy);
  const { secret, record } = drawSecretFor(context, { id, kind: request.kind });
  const credential: Credential = {
    id,
    kind: request.kind,
    ownerId: owner.id,
    title: readTitle(request.title),
    scopes,
    instance,
    clientId: request.client?.id ?? null,
    ...record,
    createdAt: now,
    ...readLifetime(context, request, now),
    lastUse: null,
    end: null,
    ...UNTOUCHED,
    note: readNote(request.note),
    addresses: readAddresses(request.addresses ?? null),
    selfRotate: request.selfRotate ?? rules.selfRotate,
    createdBy: caller.account?.username ?? actorOf(caller).name,
  };
  return { credential, secret, owner, request, caller };
}

async function insertDraft(
  context: HubContext,
  writes: Writes,
  { secret, ...draft }: Draft,
): Promise<Issued> {
  await requireStillAllowed(context, writes, draft);
  return { credential: await insertReplacing(context, writes, draft), secret };
}

interface Making {
  readonly credential: Credential;
  readonly owner: Account;
  readonly request: IssueRequest;
  readonly caller: Caller;
}

/**
 * Caller, owner, application and instance may have ended since they were looked up; in the transaction the
 * answer is final. Throws like `requireStanding`, and `not_found` for the instance.
 */
async function requireStillAllowed(
  context: HubContext,
  writes: Writes,
  { credential, owner, request, caller }: Making,
): Promise<void> {
  await requireStanding(context, writes, caller);
  const present = await requireSameAccount(writes, owner);
  await requireServiceAllows(writes, { credential, owner: present, request, caller });
  if (request.client) {
    await requireClientStands(writes, request.client);
  }
  if (credential.instance !== null) {
    const everyone = await writes.sharedGrants.sharedGrants("authenticated");
    const known = await writes.instances.find(credential.instance);
    requireInstanceOf(known, new Authority([accountScopes(present, everyone)]));
  }
}

/**
 * A steward makes a service's credentials, within the service's own grants. Throws `invalid_scope`, and
 * `not_found` for somebody who is no steward any more.
 */
async function requireServiceAllows(
  writes: Writes,
  { credential, owner, request, caller }: Making,
): Promise<void> {
  if (owner.type !== "service") {
    return;
  }
  const account = caller.account && (await writes.accounts.findById(caller.account.id));
  if (account && account.id !== owner.id && !(await mayMakeFor(writes, owner, account))) {
    throw new HubError("not_found");
  }
  if (request.scopes !== undefined) {
    const everyone = await writes.sharedGrants.sharedGrants("authenticated");
    const held = new Authority([accountScopes(owner, everyone)]);
    const beyond = credential.scopes.find((scope) => !held.permits(scope));
    if (beyond) {
      throw refuseScope(
        formatScope(beyond),
        "scopes",
        `is beyond the grants of the service ${owner.username}`,
      );
    }
  }
}

/**
 * Stewards may; for a Quay robot, which is the service that has a team, so may its team and administrators.
 */
async function mayMakeFor(writes: Writes, service: Account, account: Account): Promise<boolean> {
  const [robotOf] = service.teams;
  const isOfTeam = account.teams.some(({ teamId }) => teamId === robotOf?.teamId);
  const isRobotManager = robotOf !== undefined && (account.role === "admin" || isOfTeam);
  return isRobotManager || (await writes.services.isSteward(service.id, account.id));
}

/**
 * Inserts the credential, ends the one in its slot, and writes the audit event, in the caller's transaction.
 */
async function insertReplacing(
  context: HubContext,
  writes: Writes,
  { credential: asked, owner, request, caller }: Making,
): Promise<Credential> {
  const slot = slotOf(asked.kind, asked.instance);
  const generations = slot === null ? [] : await writes.credentials.allInSlot(owner.id, slot);
  const former = generations[0] ?? null;
  if (request.replaces !== undefined && !generations.some(({ id }) => id === request.replaces)) {
    throw new HubError("credential_inactive", { detail: "ended before it could replace itself" });
  }
  if (former && request.repeat) {
    await refuseRepeat(writes, former, request.repeat, asked.createdAt);
  }
  if (request.replacesKind) {
    const end = { at: asked.createdAt, reason: "replaced", note: null } as const;
    const ended = await endEvery(writes, { ownerId: owner.id, kind: asked.kind }, end);
    await auditEnds(writes, ended, { reason: "replaced", actor: actorOf(caller) }, owner);
  }
  const credential = await takeSlot(context, writes, asked, generations);
  await requireRoom(context, writes, owner, asked.createdAt);
  await writes.credentials.insert(credential, {
    slot,
    expiresOwn: request.expiresAt !== undefined,
    idleOwn: request.idleMs !== undefined,
  });
  await writes.audit.append({
    action: former ? "credential.replace" : "credential.issue",
    actor: actorOf(caller),
    owner: ownerOf(owner),
    credentialId: credential.id,
    details: {
      kind: credential.kind,
      title: credential.title,
      hint: credential.hint,
      scopes: credential.scopes.map(formatScope),
      expiresAt: credential.expiresAt,
      ...(credential.instance === null ? {} : { instance: credential.instance }),
      ...(former ? { replaced: former.id, replacedHint: former.hint } : {}),
      ...(credential.rotation ? { replacedEndsAt: credential.rotation.endsAt } : {}),
      ...(request.repeat ? { request: request.repeat.key } : {}),
    },
  });
  return credential;
}

/** A script that goes wrong must not fill the store in its owner's name. Throws `credential_limit`. */
async function requireRoom(
  { policy }: HubContext,
  writes: Writes,
  owner: Account,
  now: number,
): Promise<void> {
  const max = policy.credentialsPerOwner;
  if (!(await writes.credentials.hasRoom(owner.id, now, max))) {
    throw new HubError("credential_limit", {
      explanation: `${owner.username} has ${max} active credentials, which is the limit of this hub (MINTMARK_CREDENTIALS_PER_OWNER). Revoke some that are not needed, then try again.`,
    });
  }
}

/** Judged in the transaction, so that of two nodes that get the same request one refuses it. */
async function refuseRepeat(
  writes: Writes,
  former: Credential,
  guard: RepeatGuard,
  now: number,
): Promise<void> {
  const waitMs = former.createdAt + guard.withinMs - now;
  if (waitMs <= 0) {
    return;
  }
  const events = await writes.audit.list({ credentialId: former.id, limit: 10 });
  if (events.some(({ details }) => details.request === guard.key)) {
    throw new HubError("slow_down", {
      retryAfterSeconds: Math.ceil(waitMs / 1000),
      explanation: "The same request created one a moment ago, and that one still works.",
    });
  }
}

async function checkInstance(
  context: HubContext,
  owner: Account,
  request: IssueRequest,
): Promise<string | null> {
  const needsOne = KINDS[request.kind].slot === "one_per_instance";
  if (!needsOne) {
    if (request.instance !== undefined) {
      throw malformed(
        "instance",
        `nothing: a credential of kind ${request.kind} belongs to no instance`,
        request.instance,
      );
    }
    return null;
  }
  if (request.instance === undefined) {
    throw malformed("instance", "the id of an instance", undefined);
  }
  const held = new Authority([accountScopes(owner, await ask(context.index.authenticatedGrants()))]);
  return requireInstanceOf(await context.store.read.instances.find(request.instance), held);
}

/** The id of an instance that may be used; an unknown one and one that is not granted are refused alike. */
function requireInstanceOf(known: { readonly id: string } | null, held: Authority): string {
  if (!known || !held.permits(instanceScope(known.id))) {
    throw new HubError("not_found", { field: "instance" });
  }
  return known.id;
}

/** A service is made for what it was granted, so its credentials may leave out their scopes in each kind. */
function readScopes(owner: Account, request: IssueRequest, instance: string | null): readonly Scope[] {
  const rules = KINDS[request.kind];
  const own = instance === null ? (rules.defaultScopes ?? []) : [instanceScope(instance)];
  if (request.scopes === undefined && (rules.scopesChosen !== "must" || owner.type === "service")) {
    return own;
  }
  if (rules.scopesChosen === "never") {
    throw new HubError("invalid_scope", {
      field: "scopes",
      explanation: `The scopes of a credential of kind ${request.kind} cannot be chosen; leave them out.`,
    });
  }
  if (request.scopes === undefined || request.scopes.length === 0) {
    throw new HubError("invalid_scope", {
      field: "scopes",
      explanation: `scopes ${request.scopes ? "is an empty list" : "is missing"}; expected what the token may do, such as collection:acme.*:download. *:*:* stands for everything that its owner may do.`,
    });
  }
  const asked = readScopeList(request.scopes, { field: "scopes", max: SCOPES_MAX });
  const widest = rules.scopesWithinDefault ? new Authority([own]) : null;
  const beyond = asked.find((scope) => widest?.permits(scope) === false);
  if (beyond) {
    throw refuseScope(
      formatScope(beyond),
      "scopes",
      `is beyond what a credential of kind ${request.kind} can have`,
    );
  }
  return asked;
}
