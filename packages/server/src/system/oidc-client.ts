import { createRemoteJWKSet, customFetch, jwtVerify } from "jose";
import * as openid from "openid-client";
import { HubError } from "../core/errors.ts";
import type {
  LogoutNotice,
  OidcProvider,
  ProviderIdentity,
  Recheck,
  SignInAttempt,
} from "../core/provider/ports.ts";
import { Secret } from "../core/secret/secret.ts";
import type { Clock } from "../core/world.ts";
import { boundedFetch } from "./bounded-fetch.ts";

export interface OidcOptions {
  readonly issuer: string;
  readonly clientId: string;
  /** Absent: a public client, which PKCE protects alone. */
  readonly clientSecret: Secret | undefined;
  readonly scopes: string;
  readonly usernameClaim: string;
  readonly groupsClaim: string;
  /** Known only once the server listens. */
  readonly publicUrl: () => string;
  readonly clock: Clock;
}

const CALLBACK = "/sign-in/oidc/callback";
const TIMEOUT_SECONDS = 5;
/** Keys and addresses of a provider change now and then. */
const CONFIGURATION_KEPT_MS = 3_600_000;
const LOGOUT_EVENT = "http://schemas.openid.net/event/backchannel-logout";
const LOGOUT_AGE_SECONDS_MAX = 120;
const LOGOUT_KEPT_MS = 10 * 60_000;
const LOGOUT_ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA"];
const GROUPS_MAX = 5_000;
/** Of a description, a set of keys, tokens or claims. */
const ANSWER_BYTES_MAX = 1_048_576;
const PROBLEM_MAX = 200;
const fetchBounded = boundedFetch(ANSWER_BYTES_MAX);

type Claims = Readonly<Record<string, unknown>>;

/** An OpenID provider by the library openid-client: authorization code with PKCE, state and nonce. */
export class OidcClient implements OidcProvider {
  readonly #options: OidcOptions;
  #configuration: { readonly since: number; readonly found: Promise<openid.Configuration> } | null = null;
  #keys: { readonly uri: string; readonly get: ReturnType<typeof createRemoteJWKSet> } | null = null;

  constructor(options: OidcOptions) {
    this.#options = options;
  }

  async startUrl(attempt: SignInAttempt): Promise<string> {
    const configuration = await this.#discover();
    const url = openid.buildAuthorizationUrl(configuration, {
      redirect_uri: this.#redirectUri(),
      scope: this.#options.scopes,
      code_challenge: await openid.calculatePKCECodeChallenge(attempt.verifier),
      code_challenge_method: "S256",
      state: attempt.state,
      nonce: attempt.nonce,
      // Providers give a refresh token for offline access only with consent (OpenID Connect Core §11).
      ...(this.#options.scopes.split(" ").includes("offline_access") ? { prompt: "consent" } : {}),
      ...(attempt.maxAgeSeconds === null ? {} : { max_age: String(attempt.maxAgeSeconds) }),
    });
    return url.href;
  }

  async finish(url: string, attempt: SignInAttempt): Promise<ProviderIdentity> {
    const configuration = await this.#discover();
    // Proxies may have respelled the address that the hub sees; the provider compares the one it was given.
    const callback = new URL(this.#redirectUri());
    callback.search = url.includes("?") ? url.slice(url.indexOf("?")) : "";
    try {
      const tokens = await openid.authorizationCodeGrant(configuration, callback, {
        pkceCodeVerifier: attempt.verifier,
        expectedState: attempt.state,
        expectedNonce: attempt.nonce,
        idTokenExpected: true,
        ...(attempt.maxAgeSeconds === null ? {} : { maxAge: attempt.maxAgeSeconds }),
      });
      return await this.#identityOf(configuration, tokens, tokens.claims() as Claims | undefined);
    } catch (error) {
      throw asRefusal(error);
    }
  }

  async recheck({
    refresh,
    issuer,
    subject,
  }: {
    readonly refresh: Secret;
    readonly issuer: string;
    readonly subject: string;
  }): Promise<Recheck> {
    const configuration = await this.#discover();
    if (configuration.serverMetadata().issuer !== issuer) {
      return { outcome: "unknown", problem: "the person belongs to another issuer", refresh: null };
    }
    let tokens: Awaited<ReturnType<typeof openid.refreshTokenGrant>>;
    try {
      tokens = await openid.refreshTokenGrant(configuration, refresh.reveal());
    } catch (error) {
      return readRefusal(error);
    }
    try {
      const claims = tokens.claims() as Claims | undefined;
      const identity = await this.#identityOf(configuration, tokens, { sub: subject, ...claims });
      return identity.subject === subject
        ? { outcome: "accepted", identity }
        : { outcome: "unknown", problem: "the answer is about another person", refresh: null };
    } catch (error) {
      // The provider may have replaced the refresh token. Showing the former one again would be refused.
      return { outcome: "unknown", problem: describeProblem(error), refresh: refreshOf(tokens) };
    }
  }

  /** OpenID Connect Back-Channel Logout 1.0 §2.6. */
  async readLogout(token: string): Promise<LogoutNotice> {
    const configuration = await this.#discover();
    const { issuer, jwks_uri: uri } = configuration.serverMetadata();
    try {
      const { payload } = await jwtVerify(token, this.#keysAt(uri ?? ""), {
        issuer,
        audience: this.#options.clientId,
        algorithms: LOGOUT_ALGORITHMS,
        currentDate: new Date(this.#options.clock.now()),
        maxTokenAge: LOGOUT_AGE_SECONDS_MAX,
        clockTolerance: LOGOUT_AGE_SECONDS_MAX,
        requiredClaims: ["iat", "jti", "events"],
      });
      const { sub = null, sid = null, events, jti, nonce } = payload;
      const isLogout = typeof events === "object" && events !== null && LOGOUT_EVENT in events;
      const isNamed = sub !== null || typeof sid === "string";
      if (!isLogout || nonce !== undefined || !isNamed || typeof jti !== "string") {
        throw new Error("a claim is missing or must not be there");
      }
      return {
        id: jti,
        issuer,
        subject: sub,
        sid: typeof sid === "string" ? sid : null,
        expiresAt: this.#options.clock.now() + LOGOUT_KEPT_MS,
      };
    } catch (error) {
      throw new HubError("malformed_request", {
        cause: error,
        explanation: "The logout token is not valid.",
      });
    }
  }

  async #identityOf(
    configuration: openid.Configuration,
    tokens: openid.TokenEndpointResponse,
    fromToken: Claims | undefined,
  ): Promise<ProviderIdentity> {
    const { usernameClaim, groupsClaim } = this.#options;
    let claims: Claims = fromToken ?? {};
    const subject = claims["sub"];
    if (typeof subject !== "string" || subject === "") {
      throw new HubError("sign_in_failed", { detail: "the provider named no subject" });
    }
    const isWhole = claims[usernameClaim] !== undefined && claims[groupsClaim] !== undefined;
    if (!isWhole && configuration.serverMetadata().userinfo_endpoint !== undefined) {
      const more = await openid.fetchUserInfo(configuration, tokens.access_token, subject);
      claims = { ...more, ...claims };
    }
    return {
      issuer: configuration.serverMetadata().issuer,
      subject,
      username: textOf(claims[usernameClaim]),
      displayName: textOf(claims["name"]),
      email: claims["email_verified"] === true ? textOf(claims["email"]) : null,
      groups: listOf(claims[groupsClaim]),
      sid: textOf(claims["sid"]),
      refresh: refreshOf(tokens),
    };
  }

  #redirectUri(): string {
    return `${this.#options.publicUrl()}${CALLBACK}`;
  }

  /** The provider's own description, asked for when it is needed first. A failure is not remembered. */
  async #discover(): Promise<openid.Configuration> {
    const now = Date.now();
    if (!this.#configuration || now - this.#configuration.since > CONFIGURATION_KEPT_MS) {
      this.#configuration = { since: now, found: this.#ask() };
    }
    const asked = this.#configuration;
    try {
      return await asked.found;
    } catch (error) {
      if (this.#configuration === asked) {
        this.#configuration = null;
      }
      throw new HubError("provider_unavailable", { cause: error, detail: describeProblem(error) });
    }
  }

  #ask(): Promise<openid.Configuration> {
    const { issuer, clientId, clientSecret } = this.#options;
    const url = new URL(issuer);
    const secret = clientSecret?.reveal();
    return openid.discovery(
      url,
      clientId,
      secret === undefined ? undefined : { client_secret: secret },
      secret === undefined ? openid.None() : openid.ClientSecretBasic(secret),
      {
        timeout: TIMEOUT_SECONDS,
        [openid.customFetch]: fetchBounded,
        execute: [
          openid.enableNonRepudiationChecks,
          // The option allows http on loopback only.
          ...(url.protocol === "http:" ? [openid.allowInsecureRequests] : []),
        ],
      },
    );
  }

  #keysAt(uri: string): ReturnType<typeof createRemoteJWKSet> {
    if (this.#keys?.uri !== uri) {
      const get = createRemoteJWKSet(new URL(uri), {
        timeoutDuration: TIMEOUT_SECONDS * 1000,
        [customFetch]: fetchBounded,
      });
      this.#keys = { uri, get };
    }
    return this.#keys.get;
  }
}

/** What does not fit the attempt is the browser's or the provider's fault, never an error of the hub. */
function asRefusal(error: unknown): HubError {
  if (error instanceof HubError) {
    return error;
  }
  const isDenied = error instanceof openid.AuthorizationResponseError;
  return new HubError("sign_in_failed", {
    cause: error,
    detail: error instanceof Error ? error.message : "unknown",
    explanation: isDenied
      ? "The identity provider did not sign you in."
      : "The identity provider's answer does not belong to this sign-in. Begin again.",
  });
}

/**
 * Only `invalid_grant` is about the person. Another OAuth error, such as `invalid_client` after a rotated
 * client secret, is about the hub. Throws `provider_unavailable` for everything else.
 */
function readRefusal(error: unknown): Recheck {
  if (!(error instanceof openid.ResponseBodyError) || error.status >= 500) {
    throw new HubError("provider_unavailable", { cause: error, detail: describeProblem(error) });
  }
  return error.error === "invalid_grant"
    ? { outcome: "refused" }
    : { outcome: "unknown", problem: describeProblem(error), refresh: null };
}

/** The messages of an error and its causes. The library puts no token into them. */
function describeProblem(error: unknown): string {
  const words: string[] = [];
  for (let one = error; one instanceof Error && words.length < 4; one = one.cause) {
    words.push(one instanceof openid.ResponseBodyError ? `${one.status} ${one.error}` : one.message);
  }
  const text = words.filter(Boolean).join(": ");
  return text.replace(/[^\x20-\x7e]+/g, " ").slice(0, PROBLEM_MAX) || "unknown";
}

function refreshOf(tokens: openid.TokenEndpointResponse): Secret | null {
  return tokens.refresh_token === undefined ? null : new Secret(tokens.refresh_token);
}

function textOf(claim: unknown): string | null {
  return typeof claim === "string" && claim !== "" ? claim : null;
}

/** A missing claim means no groups: Keycloak leaves it out for a person without any. */
function listOf(claim: unknown): readonly string[] {
  const items: readonly unknown[] = Array.isArray(claim) ? claim : [claim];
  return items.filter((item) => typeof item === "string").slice(0, GROUPS_MAX);
}
