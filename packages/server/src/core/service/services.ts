import { type Account, isUsername, USERNAME_FORM } from "../account/account.ts";
import { isOrphaned, reportOrphans } from "../account/orphans.ts";
import type { AuditAction } from "../audit/events.ts";
import { isNamespace } from "../authority/authority.ts";
import { readGrants } from "../authority/read-grants.ts";
import { covers, formatScope, type Scope, USER_ADMIN } from "../authority/scope.ts";
import { refuseScope } from "../authority/scope-list.ts";
import { actorOf, type Caller, ownerOf } from "../caller.ts";
import type { HubContext } from "../context.ts";
import { endAllOf } from "../credential/revoke.ts";
import { HubError } from "../errors.ts";
import { newId } from "../ids.ts";
import { malformed, plainText } from "../malformed.ts";
import { isPlainText } from "../plain-text.ts";
import type { Secret } from "../secret/secret.ts";
import { requireStanding } from "../standing.ts";
import type { Reads, Writes } from "../store.ts";
import type { Steward } from "./ports.ts";
import { renewServiceClient } from "./service-client.ts";
import { findStewardship, requireAdministrator, requireSteward, type Stewardship } from "./stewardship.ts";

export interface NewService {
  readonly name: string;
  readonly description?: string | null | undefined;
  /** User names of persons. */
  readonly stewards: readonly string[];
  readonly grants?: readonly string[] | undefined;
}

export interface ServicePatch {
  readonly description?: string | null | undefined;
  readonly stewards?: readonly string[] | undefined;
  readonly grants?: readonly string[] | undefined;
}

export interface ServiceWithStewards {
  readonly service: Account;
  readonly stewards: readonly Steward[];
  /** True if no enabled person answers for it any more. */
  readonly orphaned: boolean;
  readonly clientId: string | null;
}

const DESCRIPTION_CODE_POINTS_MAX = 1000;
const STEWARDS_MAX = 100;
const NAMES_SHOWN_LENGTH_MAX = 200;

/** Accounts for machines: no password, no session, no sign-in. Persons, the stewards, answer for them. */
export class Services {
  readonly #context: HubContext;

  constructor(context: HubContext) {
    this.#context = context;
  }

  /** Throws `not_found`, also for a service that the caller has nothing to do with. */
  async get(name: string, caller: Caller): Promise<ServiceWithStewards> {
    const { read } = this.#context.store;
    return withStewards(read, (await findStewardship(read, name, caller)).service);
  }

  /**
   * By name: all of them, or those that the account with the id `stewardId` is a steward of. `after` is a
   * username key.
   */
  async list(page: {
    readonly stewardId: string | undefined;
    readonly after?: string | undefined;
    readonly limit: number;
  }): Promise<readonly ServiceWithStewards[]> {
    const { read } = this.#context.store;
    const services = await read.accounts.list({ ...page, type: "service" });
    return Promise.all(services.map((service) => withStewards(read, service)));
  }

  /**
   * The service that the caller makes a credential for. Throws `not_found` for an unknown service and for
   * somebody else's, `forbidden` for an administrator who is no steward.
   */
  async stewardedBy(name: string, caller: Caller): Promise<Account> {
    const found = await findStewardship(this.#context.store.read, name, caller);
    requireSteward(found);
    return found.service;
  }

  isSteward(serviceId: string, account: Account): Promise<boolean> {
    return this.#context.store.read.services.isSteward(serviceId, account.id);
  }

  /** The service if the caller is a steward of it, else null. */
  async findStewarded(name: string, { account }: Caller): Promise<Account | null> {
    const service = await this.#context.store.read.accounts.findByUsername(name);
    return service?.type === "service" && account && (await this.isSteward(service.id, account))
      ? service
      : null;
  }

  /** Throws `malformed_request`, `steward_required`, `invalid_scope`, `user_exists`, `namespace_taken`. */
  async create(request: NewService, caller: Caller): Promise<ServiceWithStewards> {
    if (!isUsername(request.name)) {
      throw malformed("name", USERNAME_FORM, request.name);
    }
    const grants = readServiceGrants(request.grants ?? []);
    return this.#context.store.write(async (writes) => {
      await requireStanding(this.#context, writes, caller);
      const stewards = await readStewards(writes, request.stewards);
      const service = await insertService(this.#context, writes, request);
      await writes.accounts.setGrants(service.id, grants);
      await writes.services.setStewards(service.id, stewards);
      const made = await withStewards(writes, { ...service, grants });
      await audit(writes, "service.create", service, caller, auditView(made));
      return made;
    }, "large");
  }

  /** Throws `not_found`, `forbidden`, `malformed_request`, `steward_required`, `invalid_scope`. */
  async update(name: string, patch: ServicePatch, caller: Caller): Promise<ServiceWithStewards> {
    checkDescription(patch.description);
    const grants = patch.grants === undefined ? null : readServiceGrants(patch.grants);
    return this.#context.store.write(async (writes) => {
      await requireStanding(this.#context, writes, caller);
      const found = await findStewardship(writes, name, caller);
      requireRightTo(patch, found);
      const { service } = found;
      const before = await withStewards(writes, service);
      if (patch.description !== undefined) {
        await writes.accounts.update(service.id, { description: patch.description });
      }
      if (grants) {
        await writes.accounts.setGrants(service.id, grants);
      }
      if (patch.stewards !== undefined) {
        await writes.services.setStewards(service.id, await readStewards(writes, patch.stewards));
      }
      writes.announce({ of: "account", accountId: service.id });
      const after = await withStewards(writes, await present(writes, service));
      await audit(writes, "service.update", service, caller, {
        before: auditView(before),
        after: auditView(after),
      });
      if (after.orphaned && !before.orphaned) {
        await reportOrphans(writes, [service.id], actorOf(caller));
      }
      return after;
    }, "large");
  }

  /** Ends everything of the service and frees its name. Throws `not_found`, `forbidden`. */
  async remove(name: string, caller: Caller): Promise<void> {
    await this.#context.store.write(async (writes) => {
      await requireStanding(this.#context, writes, caller);
      const found = await findStewardship(writes, name, caller);
      requireAdministrator(found);
      await removeService(this.#context, writes, found.service, caller);
    }, "large");
  }

  /** Throws `not_found`, `forbidden`, `invalid_scope`. */
  async setGrants(name: string, grants: readonly string[], caller: Caller): Promise<readonly Scope[]> {
    return (await this.update(name, { grants }, caller)).service.grants;
  }

  /**
   * The service's OAuth client with a new secret; the secret before it ends. Throws `not_found`, `forbidden`.
   */
  async renewClient(name: string, caller: Caller): Promise<{ clientId: string; secret: Secret }> {
    return renewServiceClient(this.#context, name, caller);
  }
}

/** Deletes a service inside the caller's transaction. */
export async function removeService(
  context: HubContext,
  writes: Writes,
  service: Account,
  caller: Caller,
): Promise<void> {
  const at = context.clock.now();
  await endAllOf(writes, service, { reason: "owner_deleted", at, actor: actorOf(caller) });
  const clientId = await writes.services.clientOf(service.id);
  if (clientId !== null) {
    await writes.clients.remove(clientId);
    writes.announce({ of: "client", clientId });
  }
  await writes.accounts.markDeleted(service.id, at);
  writes.announce({ of: "account", accountId: service.id });
  await audit(writes, "service.delete", service, caller, {});
}

/** Stores the account of a new service. Throws `malformed_request`, `namespace_taken`, `user_exists`. */
export async function insertService(
  context: HubContext,
  writes: Writes,
  {
    name,
    description,
    robotOf,
  }: { readonly name: string; readonly description?: string | null | undefined; readonly robotOf?: string },
): Promise<Account> {
  checkDescription(description);
  if (isNamespace(name) && (await writes.accounts.isNamespaceGranted(name))) {
    throw new HubError("namespace_taken", { field: "name" });
  }
  return writes.accounts.insert({
    id: newId(context.clock, context.entropy),
    type: "service",
    username: name,
    description: description ?? null,
    displayName: null,
    email: null,
    role: "member",
    disabled: false,
    passwordHash: null,
    epoch: 0,
    createdAt: context.clock.now(),
    ...(robotOf === undefined ? {} : { robotOf }),
  });
}

async function withStewards(reads: Reads, service: Account): Promise<ServiceWithStewards> {
  const stewards = await reads.services.stewards(service.id);
  const clientId = await reads.services.clientOf(service.id);
  return { service, stewards, orphaned: isOrphaned(stewards), clientId };
}

async function present(reads: Reads, { id }: Account): Promise<Account> {
  const account = await reads.accounts.findById(id);
  if (!account) {
    throw new HubError("not_found");
  }
  return account;
}

/**
 * The ids of persons, one of them enabled. Throws `steward_required`, and `malformed_request` for an unknown
 * one.
 */
async function readStewards(reads: Reads, usernames: readonly string[]): Promise<readonly string[]> {
  if (usernames.length > STEWARDS_MAX) {
    throw malformed("stewards", `a list of at most ${STEWARDS_MAX}`, usernames);
  }
  const ids = new Set<string>();
  let enabled = 0;
  for (const username of usernames) {
    const account = await reads.accounts.findByUsername(username);
    if (account?.type !== "person") {
      throw malformed("stewards", "user names of people", username);
    }
    ids.add(account.id);
    enabled += account.disabled || account.suspendedAt !== null ? 0 : 1;
  }
  if (enabled === 0) {
    throw new HubError("steward_required", {
      field: "stewards",
      explanation:
        usernames.length === 0
          ? "stewards is an empty list; expected at least one user name of a person who is enabled."
          : `None of the stewards is enabled: ${usernames.join(", ").slice(0, NAMES_SHOWN_LENGTH_MAX)}.`,
    });
  }
  return [...ids];
}

/**
 * A service has nobody who could manage an account, so it never holds `user:admin`. Throws `invalid_scope`.
 */
function readServiceGrants(texts: readonly string[]): readonly Scope[] {
  const grants = readGrants(texts);
  const beyond = grants.find((grant) => covers(grant, USER_ADMIN));
  if (beyond) {
    throw refuseScope(
      formatScope(beyond),
      "grants",
      "cannot be given to a service, which manages no account",
    );
  }
  return grants;
}

/** Stewards change the description, administrators everything. Throws `forbidden`. */
function requireRightTo(patch: ServicePatch, found: Stewardship): void {
  if (patch.stewards !== undefined || patch.grants !== undefined || !found.isSteward) {
    requireAdministrator(found);
  }
}

/** Throws `malformed_request`. */
function checkDescription(description: string | null | undefined): void {
  if (!isPlainText(description ?? "", DESCRIPTION_CODE_POINTS_MAX)) {
    throw malformed("description", plainText(DESCRIPTION_CODE_POINTS_MAX), description);
  }
}

function auditView({ service, stewards }: ServiceWithStewards) {
  return {
    description: service.description,
    stewards: stewards.map(({ username }) => username),
    grants: service.grants.map(formatScope),
  };
}

async function audit(
  writes: Writes,
  action: Extract<AuditAction, `service.${string}`>,
  service: Account,
  caller: Caller,
  details: Readonly<Record<string, unknown>>,
): Promise<void> {
  const owner = ownerOf(service);
  await writes.audit.append({ action, actor: actorOf(caller), owner, credentialId: null, details });
}
