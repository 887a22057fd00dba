import type { Scope } from "../authority/scope.ts";

/**
 * An OAuth client (RFC 6749 §2): a resource server or service account, or an application that people consent
 * to.
 */
export interface Client {
  readonly id: string;
  readonly name: string;
  readonly type: "confidential" | "public";
  readonly scopes: readonly Scope[];
  readonly redirectUris: readonly string[];
  /**
   * True if an administrator allowed the implicit form (`response_type=token`), which only Quay's clients
   * use.
   */
  readonly implicit: boolean;
  /** The flows that it was registered for; null for all that its type allows. */
  readonly flows: readonly ClientFlow[] | null;
  /**
   * True if an administrator lets it redeem codes without PKCE, as Quay's applications do. Only for
   * confidential clients, whose secret then binds the code.
   */
  readonly pkceOptional: boolean;
  /** HMAC of its secret, hex; null for public clients. */
  readonly secretDigest: string | null;
  readonly secretKeyVersion: number | null;
  /** The service that it acts as. */
  readonly accountId: string | null;
  readonly createdAt: number;
  /** True if it may say, when it introspects, from which address a secret was shown. */
  readonly trustedForAddresses: boolean;
}

/** By the names of the `grant_type`, the long one of RFC 8628 cut short. */
export const CLIENT_FLOWS = [
  "authorization_code",
  "client_credentials",
  "device_code",
  "refresh_token",
] as const;
export type ClientFlow = (typeof CLIENT_FLOWS)[number];

/** The public client that automation hub's users have in their configuration; built in, stored nowhere. */
export const CLOUD_SERVICES = "cloud-services";

/**
 * The public client of the command `mintmark`; built in. Its offline tokens also carry `user:admin`, so that
 * their bearers manage the holder's credentials through our own API.
 */
export const CLI_CLIENT = "mintmark-cli";

/** Stands for the hub itself where a client is named and there was none. Nobody can register it. */
export const HUB_CLIENT = "mintmark";

export const CLIENT_MARK = "mmc_";

/** A single-use authorization code (RFC 6749 §4.1), stored by digest. */
export interface AuthorizationCode {
  readonly digest: string;
  readonly clientId: string;
  readonly accountId: string;
  /** The account's epoch when it consented: what ends everything of the account ends the code. */
  readonly accountEpoch: number;
  readonly redirectUri: string;
  readonly scopes: readonly Scope[];
  /** PKCE S256 challenge (RFC 7636), base64url. */
  readonly codeChallenge: string;
  readonly expiresAt: number;
}

/** A device log-in under way (RFC 8628). */
export interface DeviceGrant {
  readonly deviceDigest: string;
  readonly userCode: string;
  readonly clientId: string;
  readonly scope: string;
  readonly state: "pending" | "approved" | "denied";
  readonly accountId: string | null;
  /** The account's epoch when it answered. */
  readonly accountEpoch: number | null;
  readonly address: string | null;
  readonly agent: string | null;
  readonly intervalSeconds: number;
  readonly polledAt: number | null;
  readonly createdAt: number;
  readonly expiresAt: number;
}
