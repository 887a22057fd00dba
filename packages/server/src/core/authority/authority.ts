import { covers, coversAction, EVERYTHING, formatScope, intersect, type Scope, USER_ADMIN } from "./scope.ts";

/**
 * What a caller may do: the intersection of layers (the owner's grants now, the credential's scopes, what a derived token was narrowed to).
 * A question is answered layer by layer, so a concrete name is decided exactly even where the intersection of two patterns cannot be
 * written as a scope.
 */
export class Authority {
  static readonly NOTHING = new Authority([[]]);

  readonly #layers: readonly (readonly Scope[])[];
  #text: string | null = null;

  constructor(layers: readonly (readonly Scope[])[]) {
    this.#layers = layers;
  }

  /** This authority narrowed by one more layer. */
  narrowedTo(scopes: readonly Scope[]): Authority {
    return new Authority([...this.#layers, scopes]);
  }

  /** May the caller do everything that `scope` says? Each action must be allowed by each layer. */
  permits(scope: Scope): boolean {
    return this.#layers.every((layer) =>
      scope.actions.every((action) => layer.some((held) => coversAction(held, scope, action))),
    );
  }

  /** What is allowed, as scopes without duplicates. Never more than `permits` would say. */
  effective(): readonly Scope[] {
    const [first = [], ...rest] = this.#layers;
    let current: readonly Scope[] = first;
    for (const layer of rest) {
      current = current
        .flatMap((scope) => layer.map((other) => intersect(scope, other)))
        .filter((scope) => scope !== null);
    }
    return withoutCovered(current);
  }

  /** The effective scopes as a space-separated list (RFC 6749 §3.3). */
  format(): string {
    this.#text ??= this.effective().map(formatScope).join(" ");
    return this.#text;
  }
}

/** To change what is not one's own: users, grants, instances, clients, anybody's credentials. Role `admin` holds it. */
export const HUB_ADMIN: Scope = { type: "hub", name: "admin", actions: ["use"] };
/** To see it. Roles `admin` and `auditor` hold it. */
export const HUB_AUDIT: Scope = { type: "hub", name: "audit", actions: ["use"] };

/** What authority is made of: the part of an account that decides what it may do. */
export interface Holder {
  readonly type: "person" | "service";
  readonly username: string;
  readonly role: string;
  readonly grants: readonly Scope[];
  readonly teams: readonly { readonly team: string; readonly grants: readonly Scope[] }[];
}

/** What an account may do: its own grants, those of its teams, and what every signed-in account holds. */
export function accountScopes(account: Holder, everyone: readonly Scope[]): readonly Scope[] {
  return [...ownScopes(account), ...account.teams.flatMap(({ grants }) => grants), ...everyone];
}

/** What an account holds by itself: its grants, its own things, and everything for administrators. */
export function ownScopes(account: Holder): readonly Scope[] {
  // A service has nobody who could manage an account.
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

/** A lower-case repository path component (distribution/reference): what a user name must be to own a namespace. */
const NAMESPACE = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/;

export function isNamespace(name: string): boolean {
  return NAMESPACE.test(name);
}

function withoutCovered(scopes: readonly Scope[]): readonly Scope[] {
  const merged = new Map<string, Scope>();
  for (const scope of scopes) {
    const key = `${scope.type}:${scope.name}`;
    const known = merged.get(key);
    const actions = known ? [...new Set([...known.actions, ...scope.actions])] : scope.actions;
    merged.set(key, { ...scope, actions: actions.includes("*") ? ["*"] : actions });
  }
  const all = [...merged.values()];
  return all.filter((scope, at) => !all.some((other, index) => index !== at && covers(other, scope)));
}
