import { EVERYTHING, type Scope } from "../authority/scope.ts";
import type { Mark } from "../secret/format.ts";

export type Kind =
  | "offline_token"
  | "hub_token"
  | "app_token"
  | "platform_key"
  | "instance_key"
  | "personal_token";

/** How many may live: one per owner, one per owner and instance, or any number. */
export type SlotRule = "one" | "one_per_instance" | "many";

/** Which option bounds the life: none, a fixed time from making, or a time without use. */
export type LifetimeRule =
  | { readonly by: "none" }
  | {
      readonly by: "fixed";
      readonly option: "appTokenExpirationMs" | "apiKeyExpirationMs";
      readonly followsOption: boolean;
    }
  | { readonly by: "idle"; readonly option: "offlineIdleMs"; readonly followsOption: boolean };

export interface KindRules {
  readonly mark: Mark;
  readonly slot: SlotRule;
  readonly lifetime: LifetimeRule;
  /** The kind's own scopes, in its own house. Null: made from its instance. */
  readonly defaultScopes: readonly Scope[] | null;
  /** May its scopes be chosen at making? */
  readonly scopesChosen: boolean;
  /** May the secret itself be shown as a bearer, or only be exchanged? */
  readonly bearer: boolean;
  /** May its secret be kept sealed for re-reading, where the operator opts in? */
  readonly sealable: boolean;
  /** What people call it, for sentences shown to its holder. */
  readonly name: string;
}

const EVERY_COLLECTION: Scope = { type: "collection", name: "*", actions: ["*"] };
const EVERY_REPOSITORY: Scope = { type: "repository", name: "*", actions: ["*"] };

/**
 * Everything that differs between the six kinds. `followsOption` means that a changed option also moves the end of those that live already
 * (IBM counts a key's age from its creation, also for older keys; automation hub's idle time is a setting of the realm); Quay's option is
 * for new tokens only.
 */
export const KINDS: Readonly<Record<Kind, KindRules>> = {
  offline_token: {
    mark: "mmo_",
    slot: "many",
    lifetime: { by: "idle", option: "offlineIdleMs", followsOption: true },
    defaultScopes: [EVERY_COLLECTION],
    scopesChosen: true,
    bearer: false,
    sealable: false,
    name: "offline token",
  },
  hub_token: {
    mark: "mmh_",
    slot: "one",
    lifetime: { by: "none" },
    defaultScopes: [EVERY_COLLECTION],
    scopesChosen: true,
    bearer: true,
    sealable: false,
    name: "API token",
  },
  app_token: {
    mark: "mma_",
    slot: "many",
    lifetime: { by: "fixed", option: "appTokenExpirationMs", followsOption: false },
    defaultScopes: [EVERY_REPOSITORY],
    scopesChosen: true,
    bearer: true,
    sealable: true,
    name: "application token",
  },
  platform_key: {
    mark: "mmp_",
    slot: "one",
    lifetime: { by: "fixed", option: "apiKeyExpirationMs", followsOption: true },
    // The type wildcard never reaches two-part scopes, so this is all that the owner can do except `user:admin`.
    defaultScopes: [EVERYTHING],
    scopesChosen: true,
    bearer: true,
    sealable: false,
    name: "API key",
  },
  instance_key: {
    mark: "mmi_",
    slot: "one_per_instance",
    lifetime: { by: "fixed", option: "apiKeyExpirationMs", followsOption: true },
    defaultScopes: null,
    scopesChosen: false,
    bearer: true,
    sealable: false,
    name: "instance API key",
  },
  personal_token: {
    mark: "mmt_",
    slot: "many",
    lifetime: { by: "none" },
    defaultScopes: [EVERYTHING],
    scopesChosen: true,
    bearer: true,
    sealable: false,
    name: "personal token",
  },
};

export const KIND_NAMES = Object.keys(KINDS) as readonly Kind[];

const KIND_OF_MARK: ReadonlyMap<string, Kind> = new Map(KIND_NAMES.map((kind) => [KINDS[kind].mark, kind]));

export function kindOfMark(mark: string): Kind | null {
  return KIND_OF_MARK.get(mark) ?? null;
}

/** The scope that an instance key has and its owner must hold. */
export function instanceScope(instance: string): Scope {
  return { type: "instance", name: instance, actions: ["use"] };
}

/** The slot a living credential occupies, unique per owner; null where any number may live. */
export function slotOf(kind: Kind, instance: string | null): string | null {
  const rule = KINDS[kind].slot;
  if (rule === "many") {
    return null;
  }
  return rule === "one" ? kind : `${kind}:${instance}`;
}
