import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT, UnsecuredJWT } from "jose";
import type { GroupRules, SignInSetup } from "../core/provider/ports.ts";
import type { Clock } from "../core/world.ts";
import { OidcClient } from "../system/oidc-client.ts";

type SigningKey = Awaited<ReturnType<typeof generateKeyPair>>["privateKey"];
type Claims = Record<string, unknown>;

export interface FakePerson {
  sub: string;
  claims: Record<string, unknown>;
}

const CLIENT = "hub";

/** An OpenID provider that signs in whom the test says, and lies as the test says. */
export class FakeProvider {
  readonly #server: Server;
  readonly #key: SigningKey;
  readonly #jwk: Record<string, unknown>;
  /** Who is signed in at the provider. */
  person: FakePerson = { sub: "s-1", claims: {} };
  /** Changes the ID token before it is signed. */
  spoil: (claims: Claims) => Claims = (claims) => claims;
  unsigned = false;
  /** What the token endpoint answers instead: an OAuth error, or a status. */
  tokenError: { readonly status: number; readonly error: string } | null = null;
  /** Takes requests for tokens and never answers. */
  silent = false;
  /** What userinfo answers instead of the claims. */
  userinfoStatus = 200;
  /** Changes the description of the provider. */
  describe: (description: Claims) => Claims = (description) => description;
  /** Each refresh gives a new refresh token, and the former one is refused from then on. */
  rotates = false;
  /** Requests for tokens. */
  tokenRequests = 0;
  /** Runs while the provider works on a request for tokens. */
  meanwhile: () => Promise<void> = () => Promise.resolve();
  /** The parameters of the last authorization request. */
  asked = new URLSearchParams();
  readonly #codes = new Map<string, URLSearchParams>();
  #serial = 0;
  #refreshToken = "rt";
  #issuer = "";

  private constructor(server: Server, key: SigningKey, jwk: Record<string, unknown>) {
    this.#server = server;
    this.#key = key;
    this.#jwk = jwk;
  }

  static async start(): Promise<FakeProvider> {
    const { privateKey, publicKey } = await generateKeyPair("RS256");
    const jwk = { ...(await exportJWK(publicKey)), kid: "k1", alg: "RS256", use: "sig" };
    const server = createServer();
    const fake = new FakeProvider(server, privateKey, jwk);
    server.on("request", (request, response) => {
      fake.#answer(request, response).catch(() => response.destroy());
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    fake.#issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    return fake;
  }

  /** Stays the same after `stop`. */
  get issuer(): string {
    return this.#issuer;
  }

  /** A hub's sign-in at this provider. */
  setup(clock: Clock, groups: GroupRules): SignInSetup {
    const provider = new OidcClient({
      issuer: this.issuer,
      clientId: CLIENT,
      clientSecret: undefined,
      scopes: "openid profile email groups offline_access",
      usernameClaim: "preferred_username",
      groupsClaim: "groups",
      publicUrl: () => "http://hub.test",
      clock,
    });
    return { local: "on", ldap: null, oidc: { name: "Example", recheckMs: 3_600_000, groups, provider } };
  }

  stop(): Promise<void> {
    this.#server.closeAllConnections();
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }

  /** The callback's URL for an authorization request that the person agrees to. */
  agree(startUrl: string): string {
    this.asked = new URL(startUrl).searchParams;
    this.#serial += 1;
    const code = `code-${this.#serial}`;
    this.#codes.set(code, this.asked);
    const state = encodeURIComponent(this.asked.get("state") ?? "");
    return `/sign-in/oidc/callback?code=${code}&state=${state}&iss=${encodeURIComponent(this.issuer)}`;
  }

  /** A logout token (Back-Channel Logout 1.0 §2.4). */
  logoutToken(claims: Record<string, unknown>, now: number): Promise<string> {
    const events = { "http://schemas.openid.net/event/backchannel-logout": {} };
    const at = Math.floor(now / 1000);
    return this.#sign({
      iss: this.issuer,
      aud: CLIENT,
      iat: at,
      exp: at + 120,
      jti: "j1",
      events,
      ...claims,
    });
  }

  #sign(claims: JWTPayload): Promise<string> {
    return new SignJWT(claims).setProtectedHeader({ alg: "RS256", kid: "k1" }).sign(this.#key);
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const send = (status: number, body: unknown) => {
      response.writeHead(status, { "content-type": "application/json" });
      response.end(JSON.stringify(body));
    };
    switch (request.url) {
      case "/.well-known/openid-configuration":
        return send(200, this.#describe());
      case "/jwks":
        return send(200, { keys: [this.#jwk] });
      case "/userinfo":
        return send(this.userinfoStatus, { sub: this.person.sub });
      case "/token":
        this.tokenRequests += 1;
        if (this.silent) {
          return undefined;
        }
        await this.meanwhile();
        return send(...(await this.#token(await readBody(request))));
      default:
        return send(404, {});
    }
  }

  #describe(): Claims {
    return this.describe({
      issuer: this.issuer,
      authorization_endpoint: `${this.issuer}/authorize`,
      token_endpoint: `${this.issuer}/token`,
      jwks_uri: `${this.issuer}/jwks`,
      userinfo_endpoint: `${this.issuer}/userinfo`,
      authorization_response_iss_parameter_supported: true,
      id_token_signing_alg_values_supported: ["RS256", "none"],
    });
  }

  async #token(form: URLSearchParams): Promise<[number, unknown]> {
    if (this.tokenError) {
      return [this.tokenError.status, { error: this.tokenError.error }];
    }
    const asked = this.#codes.get(form.get("code") ?? "");
    if (form.get("grant_type") === "authorization_code" && !asked) {
      return [400, { error: "invalid_grant" }];
    }
    this.#codes.delete(form.get("code") ?? "");
    const isStale = this.rotates && form.get("refresh_token") !== this.#refreshToken;
    if (form.get("grant_type") === "refresh_token" && isStale) {
      return [400, { error: "invalid_grant" }];
    }
    this.#refreshToken = this.rotates ? `rt-${this.tokenRequests}` : "rt";
    const at = Math.floor(Date.now() / 1000);
    const claims: JWTPayload = this.spoil({
      iss: this.issuer,
      aud: CLIENT,
      sub: this.person.sub,
      iat: at,
      exp: at + 300,
      auth_time: at,
      ...(asked?.get("nonce") ? { nonce: asked.get("nonce") ?? "" } : {}),
      ...this.person.claims,
    });
    const idToken = this.unsigned ? new UnsecuredJWT(claims).encode() : await this.#sign(claims);
    const tokens = { access_token: "at", token_type: "Bearer", id_token: idToken };
    return [200, { ...tokens, refresh_token: this.#refreshToken }];
  }
}

async function readBody(request: IncomingMessage): Promise<URLSearchParams> {
  let text = "";
  for await (const chunk of request) {
    text += String(chunk);
  }
  return new URLSearchParams(text);
}
