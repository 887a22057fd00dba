// oidc-provider with tokens in memory. Its own in-memory adapter forgets after a thousand entries, so a plain
// Map takes its place, which is quicker still. The argument says what access tokens are: `opaque`, which it
// stores and can introspect, or `ES256` or `RS256` for JWTs signed so, which it does not store and cannot
// introspect. No scope asks for an ID token, and refresh tokens do not rotate.
import { generateKeyPairSync } from "node:crypto";
import { Provider } from "oidc-provider";

const TOKENS = 500;
const DAY_S = 86_400;
const SERVICE = { client_id: "service", client_secret: "a secret of the bench, longer than thirty-two" };
const PUBLIC_CLIENT = "cloud-services";
/** Tokens for a resource server can be JWTs (RFC 8707, RFC 9068); those without one are opaque. */
const RESOURCE = "http://127.0.0.1/collections";
const SCOPE = "collection:download";
const [, , accessTokens = "opaque"] = process.argv;
const signsJwts = accessTokens !== "opaque";

class MapAdapter {
  #values = new Map();

  async upsert(id, payload) {
    this.#values.set(id, payload);
  }
  async find(id) {
    return this.#values.get(id);
  }
  async findByUid() {}
  async findByUserCode() {}
  async consume(id) {
    this.#values.get(id).consumed = true;
  }
  async destroy(id) {
    this.#values.delete(id);
  }
  async revokeByGrantId() {}
}

const provider = new Provider("http://127.0.0.1", {
  adapter: MapAdapter,
  clients: [
    {
      ...SERVICE,
      grant_types: ["client_credentials"],
      redirect_uris: [],
      response_types: [],
      token_endpoint_auth_method: "client_secret_basic",
    },
    {
      client_id: PUBLIC_CLIENT,
      application_type: "native",
      grant_types: ["authorization_code", "refresh_token"],
      redirect_uris: ["http://127.0.0.1/callback"],
      response_types: ["code"],
      token_endpoint_auth_method: "none",
    },
  ],
  features: {
    introspection: { enabled: true },
    clientCredentials: { enabled: true },
    devInteractions: { enabled: false },
    resourceIndicators: {
      enabled: signsJwts,
      useGrantedResource: () => true,
      getResourceServerInfo: () => ({
        scope: SCOPE,
        accessTokenFormat: "jwt",
        accessTokenTTL: DAY_S,
        jwt: { sign: { alg: accessTokens } },
      }),
    },
  },
  ...(signsJwts ? signingOptions(accessTokens) : {}),
  findAccount: (_context, sub) => ({ accountId: sub, claims: async () => ({ sub }) }),
  rotateRefreshToken: false,
  scopes: ["openid", "offline_access", "collection:download"],
  ttl: { AccessToken: DAY_S, RefreshToken: 30 * DAY_S, Grant: 30 * DAY_S },
});

const client = await provider.Client.find(PUBLIC_CLIENT);
const introspectedTokens = [];
const refreshTokens = [];
while (refreshTokens.length < TOKENS) {
  const { accessToken, refreshToken } = await grant(`user${refreshTokens.length}`);
  introspectedTokens.push(accessToken);
  refreshTokens.push(refreshToken);
}

const server = provider.listen(0, "127.0.0.1", () => {
  const url = `http://127.0.0.1:${server.address().port}`;
  const service = { name: SERVICE.client_id, password: encodeURIComponent(SERVICE.client_secret) };
  console.log(JSON.stringify({ url, service, accessTokens: introspectedTokens, refreshTokens }));
});

/** What a log-in with consent would have left behind. */
async function grant(accountId) {
  const consent = new provider.Grant({ accountId, clientId: PUBLIC_CLIENT });
  consent.addOIDCScope(`offline_access ${SCOPE}`);
  if (signsJwts) consent.addResourceScope(RESOURCE, SCOPE);
  const grantId = await consent.save();
  const common = { accountId, client, grantId, gty: "authorization_code", scope: `offline_access ${SCOPE}` };
  const resource = signsJwts ? { resource: RESOURCE } : {};
  const accessToken = await new provider.AccessToken(common).save();
  const refreshToken = await new provider.RefreshToken({ ...common, ...resource, rotations: 0 }).save();
  return { accessToken, refreshToken };
}

function signingOptions(alg) {
  const { privateKey } =
    alg === "ES256"
      ? generateKeyPairSync("ec", { namedCurve: "P-256" })
      : generateKeyPairSync("rsa", { modulusLength: 2048 });
  return {
    jwks: { keys: [{ ...privateKey.export({ format: "jwk" }), alg, use: "sig" }] },
    // Its default is RS256, which must have a key.
    clientDefaults: { id_token_signed_response_alg: alg },
  };
}
