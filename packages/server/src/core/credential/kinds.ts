import { EVERYTHING, type Scope } from "../authority/scope.ts";
import { CLOUD_SERVICES, HUB_CLIENT } from "../client/client.ts";
import type { Mark } from "../secret/format.ts";

export type Kind =
  | "offline_token"
  | "hub_token"
  | "app_token"
  | "platform_key"
  | "instance_key"
  | "personal_token";

/** How many may be active: one per owner, one per owner and instance, or any number. */
export type SlotRule = "one" | "one_per_instance" | "many";

/** Which option bounds the lifetime: none, a fixed time from creation, or a time without use. */
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
  /** The scopes it gets if none are chosen. Null: the scope of its instance. */
  readonly defaultScopes: readonly Scope[] | null;
  /** Whether its scopes are chosen when it is created. `must`: nothing said would give the most. */
  readonly scopesChosen: "may" | "must" | "never";
  /** True if chosen scopes may only narrow the default ones, so that the kind stays within its own system. */
  readonly scopesWithinDefault: boolean;
  /** True if the secret itself is accepted as a bearer; false if it can only be exchanged for one. */
  readonly bearer: boolean;
  /** A user name that may be sent with the secret in place of the owner's, or null. */
  readonly loginName: string | null;
  /** True if a service may call introspection with it. */
  readonly introspects: boolean;
  /** The client that introspection names for a credential that no registered client requested. */
  readonly client: string;
  /** True if a sealed copy of the secret may be kept for reading it again, where the operator opts in. */
  readonly sealable: boolean;
  /** True if the secret itself may ask for its successor, unless the request says otherwise. */
  readonly selfRotate: boolean;
  /** What people call it, for sentences shown to its holder. */
  readonly name: string;
  /** A sentence for a holder who has shown it in the wrong place. */
  readonly place: string;
}

const EVERY_COLLECTION: Scope = { type: "collection", name: "*", actions: ["*"] };
const EVERY_REPOSITORY: Scope = { type: "repository", name: "*", actions: ["*"] };

/**
 * Quay's name for "an app token follows as the password". No account can have it: `$` is not allowed there.
 */
const APP_USER = "$app";
/** Quay's name for "an OAuth access token follows as the password"; here that is a personal token. */
const OAUTH_USER = "$oauthtoken";

/** The columns that most kinds share. */
const USUAL = {
  scopesWithinDefault: true,
  loginName: null,
  introspects: false,
  client: HUB_CLIENT,
  sealable: false,
  selfRotate: false,
} as const;

/**
 * Everything that differs between the kinds. `followsOption` means that a changed option also moves the
 * expiry of credentials that exist already: IBM counts a key's age from its creation, also for older keys,
 * and automation hub's idle time is a setting of the realm. Quay's option applies to new tokens only.
 */
export const KINDS: Readonly<Record<Kind, KindRules>> = {
  offline_token: {
    ...USUAL,
    mark: "mmo_",
    slot: "many",
    lifetime: { by: "idle", option: "offlineIdleMs", followsOption: true },
    defaultScopes: [EVERY_COLLECTION],
    scopesChosen: "may",
    bearer: false,
    client: CLOUD_SERVICES,
    name: "offline token",
    place: "Set auth_url to the realm's token endpoint, where it is exchanged for a bearer.",
  },
  hub_token: {
    ...USUAL,
    mark: "mmh_",
    slot: "one",
    lifetime: { by: "none" },
    defaultScopes: [EVERY_COLLECTION],
    scopesChosen: "may",
    bearer: true,
    selfRotate: true,
    name: "API token",
    place: "It is for the Galaxy API, in a configuration without auth_url.",
  },
  app_token: {
    ...USUAL,
    mark: "mma_",
    slot: "many",
    lifetime: { by: "fixed", option: "appTokenExpirationMs", followsOption: false },
    defaultScopes: [EVERY_REPOSITORY],
    scopesChosen: "may",
    bearer: true,
    loginName: APP_USER,
    sealable: true,
    name: "application token",
    place: "It is the password of a registry log-in, with the user name $app.",
  },
  platform_key: {
    ...USUAL,
    mark: "mmp_",
    slot: "one",
    lifetime: { by: "fixed", option: "apiKeyExpirationMs", followsOption: true },
    // The type wildcard never reaches two-part scopes, so this is all that the owner can do except
    // `user:admin`.
    defaultScopes: [EVERYTHING],
    scopesChosen: "may",
    bearer: true,
    name: "API key",
    place: "It is for IBM Data Product Hub's API, with its owner's user name.",
  },
  instance_key: {
    ...USUAL,
    mark: "mmi_",
    slot: "one_per_instance",
    lifetime: { by: "fixed", option: "apiKeyExpirationMs", followsOption: true },
    defaultScopes: null,
    scopesChosen: "never",
    bearer: true,
    name: "instance API key",
    place: "It is for its one instance of IBM Data Product Hub.",
  },
  personal_token: {
    ...USUAL,
    mark: "mmt_",
    slot: "many",
    lifetime: { by: "none" },
    defaultScopes: [EVERYTHING],
    scopesChosen: "must",
    scopesWithinDefault: false,
    bearer: true,
    loginName: OAUTH_USER,
    introspects: true,
    name: "personal token",
    place: "It is for Mintmark's own API and for services behind the hub.",
  },
};

/** Tells the holder of a secret which kind it is, and where that kind is used. */
export function wrongKind(kind: Kind): string {
  const { name, place } = KINDS[kind];
  return `This is an ${name}, which is not taken here. ${place}`.replace(
    /^This is an (?=[^aeioAEIO])/,
    "This is a ",
  );
}

export const KIND_NAMES = Object.keys(KINDS) as readonly Kind[];

/** The kinds whose lifetime this option bounds. */
export function kindsUnder(option: "appTokenExpirationMs" | "apiKeyExpirationMs"): readonly Kind[] {
  return KIND_NAMES.filter((kind) => {
    const { lifetime } = KINDS[kind];
    return lifetime.by === "fixed" && lifetime.option === option;
  });
}

/** True for a user name that stands for a kind of secret and never for an account. */
export function isLoginName(username: string): boolean {
  return KIND_NAMES.some((kind) => KINDS[kind].loginName === username);
}

const KIND_OF_MARK: ReadonlyMap<string, Kind> = new Map(KIND_NAMES.map((kind) => [KINDS[kind].mark, kind]));

export function kindOfMark(mark: string): Kind | null {
  return KIND_OF_MARK.get(mark) ?? null;
}

/** The scope that an instance key has and its owner must hold. */
export function instanceScope(instance: string): Scope {
  return { type: "instance", name: instance, actions: ["use"] };
}

/** The slot that an active credential occupies, unique per owner; null if any number may be active. */
export function slotOf(kind: Kind, instance: string | null): string | null {
  const rule = KINDS[kind].slot;
  if (rule === "many") {
    return null;
  }
  return rule === "one" ? kind : `${kind}:${instance}`;
}
