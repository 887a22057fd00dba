// Claim: an exchange of an offline token costs little more than the signature in it, however many tokens
// there are. Run: npm run bench -- refresh
import { claim } from "./claim.ts";
import { fillWithCredentials } from "./fill.ts";
import { MASTER_KEY } from "./hub.ts";
import { load } from "./load.ts";
import { makeFolder, type Peer, serveHub, servePeer } from "./processes.ts";
import { compare } from "./rounds.ts";

const MANY = Number(process.env.BENCH_TOKENS ?? 100_000);
const FEW = 1_000;
const TOKEN_PATH = "/auth/realms/redhat-external/protocol/openid-connect/token";

await claim(async (later) => {
  const dataDir = makeFolder(later);
  const many = await fillWithCredentials(dataDir, MANY, "offline_token");
  const few = many.slice(0, FEW);
  const rsaDir = makeFolder(later);
  const rsaTokens = await fillWithCredentials(rsaDir, FEW, "offline_token");
  const bare = await servePeer<Peer>(later, "./peers/bare-signer.mjs");
  const bareRsa = await servePeer<Peer>(later, "./peers/bare-signer.mjs", ["RS256"]);
  // RS256 costs ten times as much on any server, so it is compared with a signer of its own.
  const serve = (folder: string, algorithm: string) =>
    serveHub(later, {
      dataDir: folder,
      env: {
        MINTMARK_MASTER_KEY: MASTER_KEY.toString("base64"),
        MINTMARK_REALM_ALGORITHM: algorithm,
      },
    });
  const hub = await serve(dataDir, "ES256");
  const rsaHub = await serve(rsaDir, "RS256");
  await expectAllOf50(hub.url, few[0] as string);
  const exchange = (url: string, values: readonly string[]) =>
    load({
      url: `${url}${TOKEN_PATH}`,
      method: "POST",
      headers: { "content-type": "application/x-www-form-urlencoded" },
      body: formOf("{}"),
      values,
    });
  await compare({
    "bare node:http, one ES256 each": () => exchange(bare.url, few),
    "one token": () => exchange(hub.url, few.slice(0, 1)),
    [`${FEW.toLocaleString("en")} tokens in turn`]: () => exchange(hub.url, few),
    [`${MANY.toLocaleString("en")} tokens in turn`]: () => exchange(hub.url, many),
    "bare node:http, one RS256 each": () => exchange(bareRsa.url, few),
    "1,000 tokens in turn, RS256": () => exchange(rsaHub.url, rsaTokens),
  });
});

/** A token that several programs show at once is good for all of them: offline tokens do not rotate. */
async function expectAllOf50(url: string, token: string): Promise<void> {
  const body = formOf(token);
  const headers = { "content-type": "application/x-www-form-urlencoded" };
  const replies = await Promise.all(
    Array.from({ length: 50 }, () => fetch(`${url}${TOKEN_PATH}`, { method: "POST", headers, body })),
  );
  const good = replies.filter(({ status }) => status === 200).length;
  if (good !== 50) {
    throw new Error(`of 50 exchanges of one token at once ${good} succeeded`);
  }
}

function formOf(token: string): string {
  return `grant_type=refresh_token&client_id=cloud-services&refresh_token=${token}`;
}
