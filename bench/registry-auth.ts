// Claim: a log-in at /v2/auth costs little more than the ES256 signature in it.
// Run: npm run bench -- registry-auth
import { logIn } from "../e2e/server.ts";
import { claim } from "./claim.ts";
import { load } from "./load.ts";
import { type Peer, serveHub, servePeer } from "./processes.ts";
import { compare } from "./rounds.ts";
import { basic, issueSecrets } from "./secrets.ts";

const TOKENS = 500;
const LOGIN = "/v2/auth?account=%24app&service=mintmark-registry";
const SCOPE = "&scope=repository%3Aadmin%2Fapp%3Apull%2Cpush";

await claim(async (later) => {
  const hub = await serveHub(later);
  const bare = await servePeer<Peer>(later, "./peers/bare-signer.mjs");
  const secrets = await issueSecrets(hub, await logIn(hub), TOKENS, { kind: "app_token" });
  const values = secrets.map((secret) => basic("$app", secret));
  const ask = (url: string) => load({ url, headers: { authorization: "{}" }, values });
  await compare({
    "bare node:http, one ES256 each": () => ask(`${bare.url}${LOGIN}`),
    "log-in": () => ask(`${hub.url}${LOGIN}`),
    "one scope": () => ask(`${hub.url}${LOGIN}${SCOPE}`),
  });
});
