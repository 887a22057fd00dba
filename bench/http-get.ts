// Claim: a GET that shows its credential costs little more than HTTP itself.
// Run: npm run bench -- http-get
import { api, logIn } from "../e2e/server.ts";
import { claim } from "./claim.ts";
import { load } from "./load.ts";
import { type Peer, serveHub, servePeer } from "./processes.ts";
import { compare } from "./rounds.ts";

const BODY = JSON.stringify({ username: "ada", id: "0".repeat(36), groups: [], text: "x".repeat(120) });

await claim(async (later) => {
  const hub = await serveHub(later);
  const bare = await servePeer<Peer>(later, "./peers/bare-constant.mjs", [BODY]);
  const bearer = await logIn(hub);
  const { secret } = await api<{ secret: string }>(hub, "POST", "/credentials", {
    bearer,
    body: { kind: "hub_token" },
  });
  const get = (url: string, authorization: string) => load({ url, headers: { authorization } });
  await compare({
    "bare node:http, constant reply": () => get(bare.url, `Token ${secret}`),
    "GET /healthz": () => get(`${hub.url}/healthz`, `Token ${secret}`),
    "GET /api/galaxy/_ui/v1/me/, Token": () => get(`${hub.url}/api/galaxy/_ui/v1/me/`, `Token ${secret}`),
    "GET /api/mintmark/v1/session, session bearer": () =>
      get(`${hub.url}/api/mintmark/v1/session`, `Bearer ${bearer}`),
  });
});
