// Claim: a service in Node that verifies by the SDK answers nearly as fast as one that lets everybody in.
// Run: npm run bench -- sdk-verify
import { startServiceHub } from "../e2e/service-hub.ts";
import { claim } from "./claim.ts";
import { load } from "./load.ts";
import { type Peer, servePeer } from "./processes.ts";
import { measureServer } from "./processor.ts";
import { compare } from "./rounds.ts";

const CREDENTIALS = 500;

await claim(async (later) => {
  const hub = await startServiceHub();
  later(() => hub.stop());
  measureServer(hub.server.url, hub.server.process.pid);
  const issue = () => hub.issue("personal_token", { scopes: ["service:reports:read"] });
  const values = (await Promise.all(Array.from({ length: CREDENTIALS }, issue))).map(({ secret }) => secret);
  const [one = ""] = values;
  const bare = await servePeer<Peer>(later, "./peers/bare-constant.mjs");
  const behind = (options: object) => {
    const all = { baseUrl: hub.server.url, credentials: hub.token, ...options };
    return servePeer<Peer>(later, "./peers/sdk-protected.mjs", [], { VERIFIER_OPTIONS: JSON.stringify(all) });
  };
  const kept = await behind({});
  const never = await behind({ cache: { seconds: 0 } });
  const neverByClient = await behind({ cache: { seconds: 0 }, credentials: hub.client });
  const headers = { authorization: "Bearer {}" };
  await compare({
    "bare node:http": () => load({ url: bare.url, headers, values }),
    "behind the SDK, one secret": () => load({ url: kept.url, headers, values: [one] }),
    [`behind the SDK, ${CREDENTIALS} secrets in turn`]: () => load({ url: kept.url, headers, values }),
    "behind the SDK, nothing remembered, by a personal token": () =>
      load({ url: never.url, headers, values }),
    "behind the SDK, nothing remembered, by a client": () =>
      load({ url: neverByClient.url, headers, values }),
  });
});
