import { type EffectiveScopes, effectiveScopes } from "./effective.ts";
import { coversAction, EVERYTHING, formatScope, type Scope, USER_ADMIN } from "./scope.ts";
import { candidatesFor } from "./scope-index.ts";

/**
 * What a caller may do: the intersection of layers (the owner's grants now, the credential's scopes, the
 * narrowing of a derived token). Each layer is asked in turn, so a concrete name is decided exactly, even if
 * the intersection of two patterns cannot be written as a scope.
 */
export class Authority {
  static readonly NOTHING = new Authority([[]]);

  readonly #layers: readonly (readonly Scope[])[];
  readonly #narrowings = new Map<string, Authority>();
  #effective: EffectiveScopes | null = null;
  #text: string | null = null;

  constructor(layers: readonly (readonly Scope[])[]) {
    this.#layers = layers;
  }

  /** This authority narrowed by one more layer. */
  narrowedTo(scopes: readonly Scope[]): Authority {
    return new Authority([...this.#layers, scopes]);
  }

  /**
   * Narrows by a layer in its text form. The result is cached by text: the bearer that carries the text comes
   * with every request, and its effective scopes are then computed once.
   */
  narrowedByText(text: string, read: (text: string) => readonly Scope[]): Authority {
    const known = this.#narrowings.get(text);
    if (known) {
      return known;
    }
    const narrowed = this.narrowedTo(read(text));
    if (this.#narrowings.size >= NARROWINGS_KEPT_MAX) {
      this.#narrowings.clear();
    }
    this.#narrowings.set(text, narrowed);
    return narrowed;
  }

  /** True if each layer allows every action of `scope`. */
  permits(scope: Scope): boolean {
    return this.#layers.every((layer) => layerPermits(layer, scope));
  }

  /** True if the action is allowed on some name of the type. */
  permitsSome(type: string, action: string): boolean {
    const isAbout = (scope: Scope) =>
      (scope.type === type || scope.type === "*") &&
      (scope.actions.includes(action) || scope.actions.includes("*"));
    return effectiveScopes(this.#layers.map((layer) => layer.filter(isAbout))).scopes.length > 0;
  }

  /**
   * The allowed scopes without duplicates. Never more than `permits` allows; less if layers cross in too many
   * ways.
   */
  effective(): readonly Scope[] {
    return this.#worked().scopes;
  }

  /** True if wildcards of two layers cross in so many ways that `effective` cannot list what both allow. */
  crossesTooOften(): boolean {
    return this.#worked().crossesTooOften;
  }

  /** The effective scopes as a space-separated list (RFC 6749 §3.3). */
  format(): string {
    this.#text ??= this.effective().map(formatScope).join(" ");
    return this.#text;
  }

  #worked(): EffectiveScopes {
    this.#effective ??= effectiveScopes(this.#layers);
    return this.#effective;
  }
}

const NARROWINGS_KEPT_MAX = 50;

function layerPermits(layer: readonly Scope[], scope: Scope): boolean {
  const missing = new Set(scope.actions);
  for (const held of candidatesFor(layer, scope)) {
    for (const action of missing) {
      if (coversAction(held, scope, action)) {
        missing.delete(action);
      }
    }
    if (missing.size === 0) {
      return true;
    }
  }
  return missing.size === 0;
}

/**
 * Changing what belongs to others: users, grants, instances, clients, any credential. Role `admin` holds it.
 */
export const HUB_ADMIN: Scope = { type: "hub", name: "admin", actions: ["use"] };
/** To see it. Roles `admin` and `auditor` hold it. */
export const HUB_AUDIT: Scope = { type: "hub", name: "audit", actions: ["use"] };

/** The part of an account that decides its authority. */
export interface Holder {
  readonly type: "person" | "service";
  readonly username: string;
  readonly role: string;
  readonly grants: readonly Scope[];
  readonly teams: readonly { readonly team: string; readonly grants: readonly Scope[] }[];
}

/** An account object never changes, so what it holds is put together and indexed once. */
const scopesOfHolders = new WeakMap<
  Holder,
  { readonly everyone: readonly Scope[]; readonly scopes: readonly Scope[] }
>();

/** The scopes of an account: its own grants, those of its teams, and those of every signed-in account. */
export function accountScopes(account: Holder, everyone: readonly Scope[]): readonly Scope[] {
  const known = scopesOfHolders.get(account);
  if (known?.everyone === everyone) {
    return known.scopes;
  }
  const scopes = [...ownScopes(account), ...account.teams.flatMap(({ grants }) => grants), ...everyone];
  scopesOfHolders.set(account, { everyone, scopes });
  return scopes;
}

/** An account's own scopes: its grants, its own things, and everything for administrators. */
export function ownScopes(account: Holder): readonly Scope[] {
  // A service has no person who could manage the account.
  const own: Scope[] = account.type === "person" ? [USER_ADMIN] : [];
  if (isNamespace(account.username)) {
    own.push({ type: "repository", name: `${account.username}/*`, actions: ["*"] });
  }
  if (account.role === "admin") {
    own.push(EVERYTHING);
  } else if (account.role === "auditor") {
    own.push(HUB_AUDIT);
  }
  return [...own, ...account.grants];
}

/**
 * A lower-case repository path component (distribution/reference): what a user name must be to own a
 * namespace.
 */
const NAMESPACE = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/;

export function isNamespace(name: string): boolean {
  return NAMESPACE.test(name);
}
