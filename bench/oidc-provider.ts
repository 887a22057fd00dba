// Claim: introspection and refresh cost a small part of what they cost in the certified provider of our
// language, with its tokens in memory. Run: npm run bench -- oidc-provider
import { logIn } from "../e2e/server.ts";
import { claim } from "./claim.ts";
import { load, type Reached } from "./load.ts";
import { type Peer, serveHub } from "./processes.ts";
import { serveRival } from "./rivals.ts";
import { compare } from "./rounds.ts";
import { basic, issueSecrets, makeClient } from "./secrets.ts";

interface OidcProvider extends Peer {
  readonly service: { readonly name: string; readonly password: string };
  readonly clientId: string;
  readonly accessTokens: readonly string[];
  readonly refreshTokens: readonly string[];
}

/** A form that is posted with one token after another, and what its good answer holds. */
interface Door {
  readonly url: string;
  readonly authorization?: string;
  readonly form: string;
  readonly values: readonly string[];
  readonly good: RegExp;
}

const INTROSPECTION = { form: "token={}", good: /"active":true/ };
const REFRESH = {
  form: "grant_type=refresh_token&client_id=cloud-services&refresh_token={}",
  good: /"access_token":"[^"]+"/,
};

await claim(async (later) => {
  const rival = await serveRival<OidcProvider>(later, "oidc-provider");
  const hub = await serveHub(later);
  const bearer = await logIn(hub);
  const count = rival.accessTokens.length;
  await compareDoors({
    "oidc-provider, introspection": {
      ...INTROSPECTION,
      url: `${rival.url}/token/introspection`,
      authorization: basic(rival.service.name, rival.service.password),
      values: rival.accessTokens,
    },
    introspection: {
      ...INTROSPECTION,
      url: `${hub.url}/oauth/introspect`,
      authorization: await makeClient(hub, bearer),
      values: await issueSecrets(hub, bearer, count, { kind: "personal_token", scopes: ["collection:*:*"] }),
    },
  });
  await compareDoors({
    "oidc-provider, refresh": { ...REFRESH, url: `${rival.url}/token`, values: rival.refreshTokens },
    refresh: {
      ...REFRESH,
      url: `${hub.url}/auth/realms/redhat-external/protocol/openid-connect/token`,
      values: await issueSecrets(hub, bearer, count, { kind: "offline_token" }),
    },
  });
});

async function compareDoors(doors: Readonly<Record<string, Door>>): Promise<void> {
  for (const door of Object.values(doors)) {
    await expectAnswers(door);
  }
  const contestants = Object.entries(doors).map(([name, door]) => [name, () => ask(door)] as const);
  await compare(Object.fromEntries(contestants));
}

function ask({ url, form, values, ...door }: Door): Promise<Reached> {
  return load({ url, method: "POST", headers: headersOf(door), body: form, values });
}

function headersOf({ authorization }: Pick<Door, "authorization">): Record<string, string> {
  const type = { "content-type": "application/x-www-form-urlencoded" };
  return authorization === undefined ? type : { ...type, authorization };
}

/** Speed does not count if the answer is wrong: a valid token must be told from one that was never issued. */
async function expectAnswers(door: Door): Promise<void> {
  const [token = ""] = door.values;
  for (const [value, isGood] of [
    [token, true],
    [token.split("").reverse().join(""), false],
  ] as const) {
    const body = door.form.replace("{}", value);
    const reply = await fetch(door.url, { method: "POST", headers: headersOf(door), body });
    const text = await reply.text();
    if (door.good.test(text) !== isGood) {
      throw new Error(`${door.url} answered ${reply.status}: ${text.slice(0, 200)}`);
    }
  }
}
