import type { AuditMac } from "./audit/events.ts";
import type { ArtifactStore } from "./collection/ports.ts";
import type { CredentialIndex } from "./index/credential-index.ts";
import type { KeyMoves } from "./master-key/key-moves.ts";
import type { Outgoing } from "./outgoing.ts";
import type { SignInSetup } from "./provider/ports.ts";
import type { Restored } from "./restore/restored.ts";
import type { Keyring } from "./secret/keyring.ts";
import type { Store } from "./store.ts";
import type { UsageLedger } from "./usage/usage-ledger.ts";
import type { Clock, Entropy, PasswordHasher } from "./world.ts";

/** The operator's decisions that the core acts on. Durations in milliseconds; null means never. */
export interface Policy {
  readonly offlineIdleMs: number | null;
  readonly accessTokenLifetimeMs: number;
  readonly appTokenExpirationMs: number | null;
  readonly appTokenReveal: "once" | "always";
  readonly apiKeyExpirationMs: number | null;
  readonly freshLoginMs: number;
  readonly sessionLifetimeMs: number;
  /** How many active credentials an account may have. */
  readonly credentialsPerOwner: number;
  readonly zenTokenLifetimeMs: number;
  readonly registryTokenLifetimeMs: number;
  readonly registryServices: readonly string[];
  /** How long what a new credential replaces in its slot stays good. */
  readonly replaceOverlapMs: number;
  /** The registries that trust this hub, as clients name them. */
  readonly registryHosts: readonly string[];
  readonly registryIdentityTokens: "on" | "off";
  readonly registryKid: "libtrust" | "rfc7638";
  /** Of a collection tarball, after decoding. */
  readonly uploadBytesMax: number;
  readonly realmAlgorithm: "RS256" | "ES256";
  readonly realm: string;
  /** May owners keep credentials alive without using them? */
  readonly touch: "allow" | "forbid";
  /** How long before a fixed end owners are warned. */
  readonly warnBefore: readonly { readonly text: string; readonly ms: number }[];
  /** After which shares of the idle time owners are warned. */
  readonly warnIdle: readonly { readonly text: string; readonly share: number }[];
  /** How long to wait before each further attempt to deliver something. */
  readonly deliveryRetriesMs: readonly number[];
  /** Without a slash at the end. */
  readonly publicUrl: string;
}

/** The context of every verb of the core. */
export interface HubContext {
  readonly store: Store;
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly keyring: Keyring;
  /** The hash of the audit chain. */
  readonly auditMac: AuditMac;
  readonly policy: Policy;
  readonly passwords: PasswordHasher;
  readonly usage: UsageLedger;
  readonly index: CredentialIndex;
  readonly artifacts: ArtifactStore;
  readonly outgoing: Outgoing;
  readonly signIn: SignInSetup;
  readonly restored: Restored;
  readonly keyMoves: KeyMoves;
}
