// Claim: the answer to "may this request pass?" costs little more than HTTP itself, and unknown secrets and
// garbage cost us no more than good ones. Run: npm run bench -- verify-http
import { logIn } from "../e2e/server.ts";
import { claim } from "./claim.ts";
import { load } from "./load.ts";
import { type Peer, serveHub, servePeer } from "./processes.ts";
import { compare } from "./rounds.ts";
import { garbageOf, issueSecrets, makeClient, unknownSecrets } from "./secrets.ts";

const CREDENTIALS = 500;
const SCOPES = ["repository:team/*:pull", "collection:*:*"];

await claim(async (later) => {
  const hub = await serveHub(later);
  const bearer = await logIn(hub);
  const client = await makeClient(hub, bearer);
  const good = await issueSecrets(hub, bearer, CREDENTIALS, {
    kind: "personal_token",
    title: "bench",
    scopes: SCOPES,
  });
  const unknown = unknownSecrets(CREDENTIALS);
  const garbage = garbageOf(good);
  const introspected = await introspectOnce(hub.url, client, good[0] as string);
  const bare = await servePeer<Peer>(later, "./peers/bare-constant.mjs", [""]);
  // Its reply is as long as ours, so that only what makes the reply differs.
  const barePost = await servePeer<Peer>(later, "./peers/bare-constant.mjs", [introspected]);

  const verify = (url: string, values: readonly string[], answers: "accepted" | "refused" = "accepted") =>
    load({ url, headers: { authorization: "Bearer {}" }, values, answers });
  const introspect = (url: string, values: readonly string[]) =>
    load({ url, method: "POST", headers: formHeaders(client), body: "token={}", values });
  await compare({
    "bare node:http, GET": () => verify(bare.url, good),
    "GET /verify": () => verify(`${hub.url}/verify`, good),
    "GET /verify?scope=…": () => verify(`${hub.url}/verify?scope=repository:team/app:pull`, good),
    "GET /verify, unknown secrets": () => verify(`${hub.url}/verify`, unknown, "refused"),
    "GET /verify, garbage": () => verify(`${hub.url}/verify`, garbage, "refused"),
    "bare node:http, POST": () => introspect(barePost.url, good),
    "POST /oauth/introspect": () => introspect(`${hub.url}/oauth/introspect`, good),
    "POST /oauth/introspect, unknown secrets": () => introspect(`${hub.url}/oauth/introspect`, unknown),
    "POST /oauth/introspect, garbage": () => introspect(`${hub.url}/oauth/introspect`, garbage),
  });
});

function formHeaders(authorization: string): Readonly<Record<string, string>> {
  return { authorization, "content-type": "application/x-www-form-urlencoded" };
}

/** The reply to a good secret, as text. */
async function introspectOnce(url: string, client: string, secret: string): Promise<string> {
  const reply = await fetch(`${url}/oauth/introspect`, {
    method: "POST",
    headers: formHeaders(client),
    body: `token=${secret}`,
  });
  const text = await reply.text();
  if ((JSON.parse(text) as { active?: boolean }).active !== true) {
    throw new Error(`a good secret was answered: ${text}`);
  }
  return text;
}
