// Claim: introspection and refresh cost a small part of what they cost in the certified provider of our
// language, with its tokens in memory. Run: npm run bench -- oidc-provider
import { logIn } from "../e2e/server.ts";
import { claim, type Later } from "./claim.ts";
import {
  compareEndpoints,
  type FormEndpoint,
  HUB_TOKEN_PATH,
  hubIntrospection,
  INTROSPECTION,
  REFRESH,
} from "./form-endpoint.ts";
import { type Peer, serveHub } from "./processes.ts";
import { serveRival } from "./rivals.ts";
import { basic, issueSecrets } from "./secrets.ts";

type Algorithm = "ES256" | "RS256";

interface OidcProvider extends Peer {
  readonly service: { readonly name: string; readonly password: string };
  /** Opaque: it cannot introspect the JWTs that it issues. */
  readonly accessTokens: readonly string[];
  readonly refreshTokens: readonly string[];
}

const TOKENS = 500;

await claim(async (later) => {
  const opaque = await serveRival<OidcProvider>(later, "oidc-provider", ["opaque"]);
  const hub = await serveHub(later);
  const bearer = await logIn(hub);
  await compareEndpoints({
    "oidc-provider, introspection": {
      ...INTROSPECTION,
      url: `${opaque.url}/token/introspection`,
      authorization: basic(opaque.service.name, opaque.service.password),
      values: opaque.accessTokens,
    },
    introspection: await hubIntrospection(hub, bearer, TOKENS),
  });
  await compareEndpoints({
    "oidc-provider, refresh, JWT ES256": await rivalRefresh(later, "ES256"),
    "oidc-provider, refresh, opaque": {
      ...REFRESH,
      url: `${opaque.url}/token`,
      values: opaque.refreshTokens,
    },
    "refresh, JWT ES256": await ourRefresh(later, "ES256"),
  });
  await compareEndpoints({
    "oidc-provider, refresh, JWT RS256": await rivalRefresh(later, "RS256"),
    "refresh, JWT RS256": await ourRefresh(later, "RS256"),
  });
});

async function rivalRefresh(later: Later, algorithm: Algorithm): Promise<FormEndpoint> {
  const { url, refreshTokens } = await serveRival<OidcProvider>(later, "oidc-provider", [algorithm]);
  return { ...REFRESH, url: `${url}/token`, good: jwtSignedBy(algorithm), values: refreshTokens };
}

async function ourRefresh(later: Later, algorithm: Algorithm): Promise<FormEndpoint> {
  const hub = await serveHub(later, { env: { MINTMARK_REALM_ALGORITHM: algorithm } });
  const values = await issueSecrets(hub, await logIn(hub), TOKENS, { kind: "offline_token" });
  return { ...REFRESH, url: `${hub.url}${HUB_TOKEN_PATH}`, good: jwtSignedBy(algorithm), values };
}

/** An answer whose access token has three parts, the last as long as a signature of this algorithm. */
function jwtSignedBy(algorithm: Algorithm): RegExp {
  const length = algorithm === "ES256" ? 86 : 342;
  return new RegExp(`"access_token":"[\\w-]+\\.[\\w-]+\\.[\\w-]{${length}}"`);
}
