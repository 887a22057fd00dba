import { showScope } from "../authority/scope-list.ts";
import type { Caller } from "../caller.ts";
import type { HubContext } from "../context.ts";
import { idleDeadline } from "../credential/state.ts";
import { HubError } from "../errors.ts";
import { newId } from "../ids.ts";
import type { SigningIdentity } from "../keys/key-set.ts";
import { registryHeader } from "../keys/registry-header.ts";
import type { SigningKeys } from "../keys/signing-keys.ts";
import { type Looked, whenKnown } from "../looked.ts";
import type { Secret } from "../secret/secret.ts";
import { readRefreshSecret, refreshSecretOf } from "./refresh-secret.ts";
import { registryClaims } from "./registry-claims.ts";
import type { RegistryAccess } from "./registry-scope.ts";

/** Clients throw away what lives shorter (distribution, spec/auth/token: "never less than 60 seconds"). */
const LIFE_MS_MIN = 60_000;

export interface RegistryTokenRequest {
  readonly service: string | null;
  readonly asked: readonly RegistryAccess[];
  /** True if the client asks for a refresh token. Granted only to callers who presented a credential. */
  readonly offline: boolean;
}

export interface RegistryToken {
  readonly jwt: string;
  readonly issuedAtMs: number;
  readonly expiresInSeconds: number;
  readonly granted: readonly RegistryAccess[];
  readonly refresh: Secret | null;
}

/** Signs what container registries verify by themselves. */
export class RegistryTokens {
  readonly #context: HubContext;
  readonly #keys: SigningKeys;

  constructor(context: HubContext, keys: SigningKeys) {
    this.#context = context;
    this.#keys = keys;
  }

  /**
   * Throws `service_unknown` unless the operator named the registry: a token for any audience would be good
   * at any registry.
   */
  checkService(service: string | null): string {
    if (service === null || !this.#context.policy.registryServices.includes(service)) {
      const found = service === null ? "missing" : showScope(service);
      throw new HubError("service_unknown", {
        field: "service",
        explanation: `service is ${found}; expected the name of a registry that this hub signs tokens for.`,
      });
    }
    return service;
  }

  /** A token for the allowed part of the request, which may be empty. Throws `service_unknown`. */
  issue(request: RegistryTokenRequest, caller: Caller): Looked<RegistryToken> {
    const service = this.checkService(request.service);
    const { clock, entropy, policy } = this.#context;
    const now = clock.now();
    const issuedAt = Math.floor(now / 1000);
    const expiresInSeconds = Math.floor(
      Math.max(LIFE_MS_MIN, Math.min(policy.registryTokenLifetimeMs, msLeft(caller, now))) / 1000,
    );
    const { granted, shared } = registryClaims(caller, request.asked, service);
    const own = {
      iat: issuedAt,
      nbf: issuedAt,
      exp: issuedAt + expiresInSeconds,
      jti: newId(clock, entropy),
    };
    const jwt = this.#keys.lookSigned("registry", this.#headerOf, own, shared);
    const refresh = this.#refresh(request, service, caller);
    return whenKnown(jwt, withJwt, { issuedAtMs: issuedAt * 1000, expiresInSeconds, granted, refresh });
  }

  readonly #headerOf = (key: SigningIdentity) => registryHeader(key, this.#context.policy.registryKid);

  /** The id of the credential that a kept `identitytoken` stands for, or null. Throws `service_unknown`. */
  parentOfRefresh(refresh: Secret, service: string | null): string | null {
    return readRefreshSecret(this.#context, refresh, this.checkService(service));
  }

  #refresh(request: RegistryTokenRequest, service: string, { proof }: Caller): Secret | null {
    const isGiven = request.offline && this.#context.policy.registryIdentityTokens === "on";
    return isGiven && proof.by === "credential"
      ? refreshSecretOf(this.#context, proof.credential, service)
      : null;
  }
}

function withJwt(
  jwt: string,
  { issuedAtMs, expiresInSeconds, granted, refresh }: Omit<RegistryToken, "jwt">,
): RegistryToken {
  return { jwt, issuedAtMs, expiresInSeconds, granted, refresh };
}

function msLeft({ proof }: Caller, now: number): number {
  if (proof.by !== "credential") {
    return Number.POSITIVE_INFINITY;
  }
  // The present log-in counts as a use.
  const idle = idleDeadline(proof.credential, now) ?? Number.POSITIVE_INFINITY;
  return Math.min(proof.credential.expiresAt ?? Number.POSITIVE_INFINITY, idle) - now;
}
