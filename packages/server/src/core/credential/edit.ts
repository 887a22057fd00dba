import { createHash } from "node:crypto";
import { Authority } from "../authority/authority.ts";
import { formatScope, type Scope } from "../authority/scope.ts";
import { readScopeList, refuseNoScopes, showScope } from "../authority/scope-list.ts";
import { actorOf, type Caller } from "../caller.ts";
import type { HubContext } from "../context.ts";
import { HubError } from "../errors.ts";
import { malformed } from "../malformed.ts";
import { requireStanding } from "../standing.ts";
import type { Writes } from "../store.ts";
import { isWithin, readAddresses } from "./addresses.ts";
import { auditChange } from "./audit-change.ts";
import type { Credential } from "./credential.ts";
import { findManaged } from "./manage.ts";
import { moveInside } from "./move.ts";
import { narrowedSuccessor } from "./narrow-successor.ts";
import { readNote } from "./note.ts";
import { activeOtherGeneration } from "./other-generation.ts";
import type { CredentialChange } from "./ports.ts";
import { presentEnd } from "./present-end.ts";
import { isUnusedSuccessor } from "./state.ts";
import { readTitle } from "./title.ts";

/** The requested change. An absent member stays as it is. */
export interface EditRequest {
  readonly title?: string | null | undefined;
  readonly note?: string | null | undefined;
  readonly selfRotate?: boolean | undefined;
  readonly scopes?: readonly string[] | undefined;
  readonly expiresAt?: number | null | undefined;
  readonly addresses?: readonly string[] | null | undefined;
  readonly addressTrial?: readonly string[] | null | undefined;
  /** The name of a service that the credential is to belong to. */
  readonly owner?: string | undefined;
}

export interface EditConditions {
  /** True if the version that the caller read is the present one, or if the caller did not say. */
  readonly accepts: (version: string) => boolean;
  /** Throws unless the caller has logged in lately. */
  readonly requireFreshLogin: () => void;
}

/** Changes of a credential that keep its secret. */
export class Edits {
  readonly #context: HubContext;

  constructor(context: HubContext) {
    this.#context = context;
  }

  /**
   * Changes a credential. Scopes, end and addresses only become narrower, but addresses may be widened after
   * a fresh login. An administrator narrows and shortens only. A narrowing applies to an unused successor
   * too, whose secret is given out already.
   *
   * Throws `not_found`, `credential_ended`, `precondition_failed`, `beyond_present`, `forbidden`,
   * `fresh_login_required`, `nothing_left` if nothing would be left of that successor, and
   * `malformed_request` or `invalid_scope` for values that cannot be read.
   */
  async edit(
    id: string,
    request: EditRequest,
    { caller, conditions }: { readonly caller: Caller; readonly conditions: EditConditions },
  ): Promise<Credential> {
    return this.#context.store.write(async (writes) => {
      await requireStanding(this.#context, writes, caller);
      const { credential, manager } = await findManaged(writes, id, caller);
      if (await presentEnd(this.#context, writes.credentials, credential)) {
        throw new HubError("credential_ended");
      }
      if (!conditions.accepts(versionOf(credential))) {
        throw new HubError("precondition_failed");
      }
      const change = judgeChange(this.#context, credential, request);
      if (manager === "administrator") {
        refuseMoreThanNarrowing(credential, change);
      }
      if (opensMore(credential, change) || request.owner !== undefined) {
        conditions.requireFreshLogin();
      }
      const edited = await applyChange(writes, credential, change, caller);
      await narrowUnusedSuccessor(this.#context, writes, { predecessor: edited, change, caller });
      return request.owner === undefined
        ? edited
        : moveInside(this.#context, writes, edited, { serviceName: request.owner, caller });
    });
  }
}

async function applyChange(
  writes: Writes,
  credential: Credential,
  change: Change,
  caller: Caller,
): Promise<Credential> {
  if (Object.keys(change).length === 0) {
    return credential;
  }
  await writes.credentials.change(credential.id, change);
  const next = { ...credential, ...change };
  await auditChange(writes, next, {
    action: "credential.edit",
    actor: actorOf(caller),
    details: { before: shown(credential, change), after: shown(next, change), narrowed: isNarrowing(change) },
  });
  return next;
}

/** Applies a narrowing of a predecessor to its successor, which its client may hold but has not used. */
async function narrowUnusedSuccessor(
  context: HubContext,
  writes: Writes,
  {
    predecessor,
    change,
    caller,
  }: { readonly predecessor: Credential; readonly change: Change; readonly caller: Caller },
): Promise<void> {
  if (predecessor.rotation?.role !== "predecessor") {
    return;
  }
  const { scopes, addresses, selfRotate, expiresAt } = change;
  if (!isNarrowing(change) && selfRotate !== false) {
    return;
  }
  const successor = await activeOtherGeneration(context, writes, predecessor);
  if (!successor || !isUnusedSuccessor(successor)) {
    return;
  }
  const narrowed = narrowedSuccessor(context, successor, predecessor);
  const follows: Change = {
    ...(scopes === undefined ? {} : { scopes: narrowed.scopes }),
    ...(addresses === undefined ? {} : { addresses: narrowed.addresses }),
    ...(selfRotate === undefined ? {} : { selfRotate: narrowed.selfRotate }),
    ...(expiresAt === undefined ? {} : { expiresAt: narrowed.expiresAt }),
  };
  const changed = Object.entries(follows).filter(
    ([name, value]) => JSON.stringify(value) !== JSON.stringify(successor[name as keyof Credential]),
  );
  await applyChange(writes, successor, Object.fromEntries(changed), caller);
}

/**
 * Names the editable state of a credential: it changes with every edit, freeze, rotation and end, and stays
 * the same when the credential is used.
 */
export function versionOf(credential: Credential): string {
  const { title, note, selfRotate, scopes, expiresAt, addresses, ownerId, frozen, rotation, end, hint } =
    credential;
  const { addressTrial } = credential;
  const state = [
    [title, note, selfRotate, scopes.map(formatScope), expiresAt, addresses, addressTrial],
    [ownerId, frozen, rotation, end, hint],
  ];
  return createHash("sha256").update(JSON.stringify(state)).digest("base64url").slice(0, 22);
}

type Change = Pick<
  CredentialChange,
  "title" | "note" | "selfRotate" | "scopes" | "expiresAt" | "addresses" | "addressTrial"
>;

/** The effective change, validated against the present credential. */
function judgeChange(context: HubContext, credential: Credential, request: EditRequest): Change {
  const title = request.title === undefined ? undefined : readTitle(request.title);
  const note = request.note === undefined ? undefined : readNote(request.note);
  const scopes = request.scopes === undefined ? undefined : narrowerScopes(credential, request.scopes);
  const expiresAt =
    request.expiresAt === undefined ? undefined : earlierEnd(context, credential, request.expiresAt);
  const addresses = request.addresses === undefined ? undefined : readAddresses(request.addresses);
  const addressTrial =
    request.addressTrial === undefined ? undefined : readAddresses(request.addressTrial, "addressTrial");
  const all: Record<string, unknown> = {
    title,
    note,
    selfRotate: request.selfRotate,
    scopes,
    expiresAt,
    addresses,
    addressTrial,
  };
  const changed = Object.entries(all).filter(
    ([name, value]) =>
      value !== undefined && JSON.stringify(value) !== JSON.stringify(credential[name as keyof Credential]),
  );
  return Object.fromEntries(changed);
}

const SCOPES_MAX = 100;

function narrowerScopes(credential: Credential, texts: readonly string[]): readonly Scope[] {
  if (texts.length === 0) {
    throw refuseNoScopes("scopes");
  }
  const scopes = readScopeList(texts, { field: "scopes", max: SCOPES_MAX });
  const present = new Authority([credential.scopes]);
  const beyond = scopes.find((scope) => !present.permits(scope));
  if (beyond) {
    throw new HubError("beyond_present", {
      field: "scopes",
      explanation: `The scope ${showScope(formatScope(beyond))} is not within what the credential has now; expected narrower scopes. Make a new credential for more.`,
    });
  }
  return scopes;
}

function earlierEnd(context: HubContext, { expiresAt }: Credential, asked: number | null): number | null {
  if (asked !== null && asked <= context.clock.now()) {
    throw malformed("expiresAt", "a time in the future", new Date(asked));
  }
  if (expiresAt !== null && (asked === null || asked > expiresAt)) {
    const found = asked === null ? "null" : new Date(asked).toISOString();
    throw new HubError("beyond_present", {
      field: "expiresAt",
      explanation: `expiresAt is ${found}; expected ${new Date(expiresAt).toISOString()} or earlier. Make a new credential for a longer life.`,
    });
  }
  return asked;
}

/** True if the change widens access: a secret that renews itself, or more addresses. */
function opensMore(credential: Credential, { selfRotate, addresses }: Change): boolean {
  return selfRotate === true || (addresses !== undefined && !isWithin(addresses, credential.addresses));
}

function isNarrowing({ scopes, expiresAt, addresses }: Change): boolean {
  return scopes !== undefined || expiresAt !== undefined || addresses !== undefined;
}

function refuseMoreThanNarrowing(credential: Credential, change: Change): void {
  if (change.title !== undefined || change.note !== undefined || opensMore(credential, change)) {
    throw new HubError("forbidden", {
      explanation: "An administrator may only narrow or shorten somebody else's credential.",
    });
  }
}

/** Those of its members that the change names, as they stand in the audit. */
function shown(credential: Credential, change: Change): Record<string, unknown> {
  return Object.fromEntries(
    Object.keys(change).map((name) => [
      name,
      name === "scopes" ? credential.scopes.map(formatScope) : credential[name as keyof Credential],
    ]),
  );
}
