import { type Actor, type AuditAction, SYSTEM } from "../audit/events.ts";
import { Authority, accountScopes, isNamespace } from "../authority/authority.ts";
import { readGrants } from "../authority/read-grants.ts";
import { formatScope, type Scope } from "../authority/scope.ts";
import { actorOf, type Caller, hashTurnOf, ownerOf } from "../caller.ts";
import type { HubContext } from "../context.ts";
import { endAllOf } from "../credential/revoke.ts";
import { HubError, invariant } from "../errors.ts";
import { newId } from "../ids.ts";
import { ask, type Looked, whenKnown } from "../looked.ts";
import { malformed, plainText } from "../malformed.ts";
import { isPlainText } from "../plain-text.ts";
import { requireStanding } from "../standing.ts";
import type { Writes } from "../store.ts";
import { type Account, isUsername, type Role, USERNAME_FORM } from "./account.ts";
import { type ExplainedGrant, explainAuthority } from "./explain-authority.ts";
import { reportOrphans } from "./orphans.ts";
import { checkNewPassword, hashPassword } from "./password.ts";
import type { AccountChange, AccountFilter, SharedGrantSet } from "./ports.ts";

export interface NewAccount {
  readonly username: string;
  readonly role: Role;
  readonly password?: string | undefined;
  readonly displayName?: string | null | undefined;
  readonly email?: string | null | undefined;
}

export interface AccountPatch {
  readonly disabled?: boolean | undefined;
  readonly role?: Role | undefined;
  readonly password?: string | undefined;
  readonly displayName?: string | null | undefined;
  readonly email?: string | null | undefined;
}

const LABEL_CODE_POINTS_MAX = 255;

/** The verbs on accounts. Whether the caller may use them is decided before. */
export class Accounts {
  readonly #context: HubContext;

  constructor(context: HubContext) {
    this.#context = context;
  }

  /** A person or a service. Throws `not_found`. */
  async get(username: string): Promise<Account> {
    const account = await this.#context.store.read.accounts.findByUsername(username);
    if (!account) {
      throw new HubError("not_found");
    }
    return account;
  }

  findByUsername(username: string): Promise<Account | null> {
    return this.#context.store.read.accounts.findByUsername(username);
  }

  /** From memory if this node knows the account; null for an unknown or deleted one. */
  look(id: string): Looked<Account | null> {
    return this.#context.index.account(id);
  }

  findById(id: string): Promise<Account | null> {
    return ask(this.look(id));
  }

  /** The account's own authority, without a credential that narrows it. */
  authorityOf(account: Account): Looked<Authority> {
    return whenKnown(
      this.#context.index.authenticatedGrants(),
      (everyone) => new Authority([accountScopes(account, everyone)]),
    );
  }

  /** Persons by name, beginning after the name `after`. */
  list(
    page: AccountFilter & { readonly after?: string | undefined; readonly limit: number },
  ): Promise<readonly Account[]> {
    return this.#context.store.read.accounts.list({ ...page, type: "person" });
  }

  /** How many persons the list has, counted up to `limit`. */
  countPersons(filter: AccountFilter & { readonly limit: number }): Promise<number> {
    return this.#context.store.read.accounts.countOf({ ...filter, type: "person" });
  }

  /** The grants that every account of the set holds. */
  sharedGrants(set: SharedGrantSet): Promise<readonly Scope[]> {
    return this.#context.store.read.sharedGrants.sharedGrants(set);
  }

  /** Throws `not_found`, also for a service. */
  async getPerson(username: string): Promise<Account> {
    const account = await this.get(username);
    if (account.type !== "person") {
      throw new HubError("not_found");
    }
    return account;
  }

  /** Every grant in the account's authority, with its source. Throws `not_found`. */
  async explainAuthority(username: string): Promise<readonly ExplainedGrant[]> {
    return explainAuthority(await this.get(username), await ask(this.#context.index.authenticatedGrants()));
  }

  /** Throws `malformed_request`, `user_exists`, `namespace_taken`. */
  async create(request: NewAccount, caller: Caller): Promise<Account> {
    return this.#insert(request, actorOf(caller), caller);
  }

  /** Makes the first administrator of an empty store; null when there are accounts already. */
  async bootstrap(password: string): Promise<Account | null> {
    if ((await this.#context.store.read.accounts.count()) > 0) {
      return null;
    }
    return this.#insert({ username: "admin", role: "admin", password }, SYSTEM, null);
  }

  /** `caller` is null for the hub itself. */
  async #insert(request: NewAccount, actor: Actor, caller: Caller | null): Promise<Account> {
    if (!isUsername(request.username)) {
      throw malformed("username", USERNAME_FORM, request.username);
    }
    checkLabels(request);
    const passwordHash = request.password === undefined ? null : await this.#hash(request.password, caller);
    const { clock, entropy, store } = this.#context;
    return store.write(async (writes) => {
      if (caller) {
        await requireStanding(this.#context, writes, caller);
      }
      // An account whose name is already granted as a namespace would get the repositories of that namespace.
      if (isNamespace(request.username) && (await writes.accounts.isNamespaceGranted(request.username))) {
        throw new HubError("namespace_taken", { field: "username" });
      }
      const account = await writes.accounts.insert({
        id: newId(clock, entropy),
        username: request.username,
        displayName: request.displayName ?? null,
        email: request.email ?? null,
        role: request.role,
        disabled: false,
        passwordHash,
        epoch: 0,
        createdAt: clock.now(),
      });
      await this.#audit(writes, "account.create", account, actor, { role: account.role });
      return account;
    });
  }

  /**
   * Changes an account. Disabling it or setting a new password ends all its credentials and sessions at once;
   * enabling it again revives none. Throws `not_found`, `malformed_request`, `last_administrator`.
   */
  async update(username: string, patch: AccountPatch, caller: Caller): Promise<Account> {
    checkLabels(patch);
    const passwordHash = patch.password === undefined ? undefined : await this.#hash(patch.password, caller);
    const actor = actorOf(caller);
    const endsEverything = patch.disabled === true || passwordHash !== undefined;
    return this.#context.store.write(
      async (writes) => {
        await requireStanding(this.#context, writes, caller);
        const account = await this.#find(writes, username);
        await this.#keepAnAdministrator(
          writes,
          account,
          patch.disabled === true || (patch.role ?? "admin") !== "admin",
        );
        const change: AccountChange = {
          ...(patch.displayName === undefined ? {} : { displayName: patch.displayName }),
          ...(patch.email === undefined ? {} : { email: patch.email }),
          ...(patch.role === undefined ? {} : { role: patch.role }),
          ...(patch.disabled === undefined ? {} : { disabled: patch.disabled }),
          ...(passwordHash === undefined ? {} : { passwordHash }),
        };
        if (Object.keys(change).length === 0) {
          return account;
        }
        await writes.accounts.update(account.id, change);
        writes.announce({ of: "account", accountId: account.id });
        await this.#auditUpdate(writes, account, patch, actor);
        const at = this.#context.clock.now();
        if (patch.disabled === true && !account.disabled) {
          await endAllOf(writes, account, { reason: "owner_disabled", at, actor });
          const stewarded = await writes.services.stewardedBy(account.id);
          await reportOrphans(writes, account.suspendedAt === null ? stewarded : [], actor);
        } else if (passwordHash !== undefined) {
          await endAllOf(writes, account, { reason: "password_reset", at, actor });
        }
        return this.#find(writes, username);
      },
      endsEverything ? "large" : "small",
    );
  }

  /** Ends everything of the account and frees its name. Throws `not_found`, `last_administrator`. */
  async remove(username: string, caller: Caller): Promise<void> {
    const actor = actorOf(caller);
    const at = this.#context.clock.now();
    await this.#context.store.write(async (writes) => {
      await requireStanding(this.#context, writes, caller);
      const account = await this.#find(writes, username);
      await this.#keepAnAdministrator(writes, account, true);
      await endAllOf(writes, account, { reason: "owner_deleted", at, actor });
      const stewarded = await writes.services.stewardedBy(account.id);
      await writes.accounts.markDeleted(account.id, at);
      await this.#audit(writes, "account.delete", account, actor, {});
      // A service that the disabling or the suspension orphaned has been reported then.
      const wasGone = account.disabled || account.suspendedAt !== null;
      await reportOrphans(writes, wasGone ? [] : stewarded, actor);
    }, "large");
  }

  /** Throws `not_found`, `invalid_scope`, `namespace_taken`. */
  async setGrants(username: string, texts: readonly string[], caller: Caller): Promise<readonly Scope[]> {
    const grants = readGrants(texts);
    await this.#context.store.write(async (writes) => {
      await requireStanding(this.#context, writes, caller);
      await this.#writeGrants(writes, await this.#find(writes, username), { grants, caller });
    }, "large");
    return grants;
  }

  /**
   * Adds one grant or takes one away, and leaves the others as they are. Adding what is held changes nothing.
   * Throws `not_found` for an unknown account, and for taking away what is not held; `invalid_scope`,
   * `namespace_taken`.
   */
  async changeGrant(
    username: string,
    { grant: text, held }: { readonly grant: string; readonly held: boolean },
    caller: Caller,
  ): Promise<readonly Scope[]> {
    const [grant] = readGrants([text]);
    invariant(grant !== undefined, "one scope was read");
    const written = formatScope(grant);
    return this.#context.store.write(async (writes) => {
      await requireStanding(this.#context, writes, caller);
      const account = await this.#find(writes, username);
      const others = account.grants.filter((one) => formatScope(one) !== written);
      const isHeld = others.length < account.grants.length;
      if (isHeld === held) {
        if (held) {
          return account.grants;
        }
        throw new HubError("not_found", { field: "grant" });
      }
      const after = readGrants((held ? [...account.grants, grant] : others).map(formatScope));
      await this.#writeGrants(writes, account, { grants: after, caller });
      return after;
    }, "large");
  }

  async #writeGrants(
    writes: Writes,
    account: Account,
    { grants, caller }: { readonly grants: readonly Scope[]; readonly caller: Caller },
  ): Promise<void> {
    await writes.accounts.setGrants(account.id, grants);
    writes.announce({ of: "account", accountId: account.id });
    await this.#audit(writes, "grant.update", account, actorOf(caller), {
      before: account.grants.map(formatScope),
      after: grants.map(formatScope),
    });
  }

  async setSharedGrants(
    set: SharedGrantSet,
    texts: readonly string[],
    caller: Caller,
  ): Promise<readonly Scope[]> {
    const grants = readGrants(texts);
    await this.#context.store.write(async (writes) => {
      await requireStanding(this.#context, writes, caller);
      const before = await writes.sharedGrants.sharedGrants(set);
      await writes.sharedGrants.setSharedGrants(set, grants);
      writes.announce({ of: "grants" });
      await writes.audit.append({
        action: "grant.update",
        actor: actorOf(caller),
        owner: null,
        credentialId: null,
        details: { set, before: before.map(formatScope), after: grants.map(formatScope) },
      });
    }, "large");
    return grants;
  }

  async #find(writes: Writes, username: string): Promise<Account> {
    const account = await writes.accounts.findByUsername(username);
    if (account?.type !== "person") {
      throw new HubError("not_found");
    }
    return account;
  }

  async #keepAnAdministrator(writes: Writes, account: Account, losesIt: boolean): Promise<void> {
    const isOne = account.role === "admin" && !account.disabled;
    if (isOne && losesIt && (await writes.accounts.countAdministrators()) <= 1) {
      throw new HubError("last_administrator");
    }
  }

  async #auditUpdate(writes: Writes, account: Account, patch: AccountPatch, actor: Actor): Promise<void> {
    const { password, disabled, ...plain } = patch;
    if (Object.values(plain).some((value) => value !== undefined)) {
      await this.#audit(writes, "account.update", account, actor, { ...plain });
    }
    if (password !== undefined) {
      await this.#audit(writes, "account.reset_password", account, actor, {});
    }
    if (disabled !== undefined && disabled !== account.disabled) {
      await this.#audit(writes, disabled ? "account.disable" : "account.enable", account, actor, {});
    }
  }

  async #audit(
    writes: Writes,
    action: AuditAction,
    account: Account,
    actor: Actor,
    details: Readonly<Record<string, unknown>>,
  ): Promise<void> {
    await writes.audit.append({ action, actor, owner: ownerOf(account), credentialId: null, details });
  }

  async #hash(password: string, caller: Caller | null): Promise<string> {
    checkNewPassword(password, "password");
    return hashPassword(this.#context.passwords, password, caller ? hashTurnOf(caller.origin) : undefined);
  }
}

/** Throws `malformed_request`. */
function checkLabels(labels: Pick<AccountPatch, "displayName" | "email">): void {
  for (const field of ["displayName", "email"] as const) {
    if (!isPlainText(labels[field] ?? "", LABEL_CODE_POINTS_MAX)) {
      throw malformed(field, plainText(LABEL_CODE_POINTS_MAX), labels[field]);
    }
  }
}
