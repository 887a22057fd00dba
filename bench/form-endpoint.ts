import type { RunningServer } from "../e2e/server.ts";
import { load, type Reached } from "./load.ts";
import { compare } from "./rounds.ts";
import { issueSecrets, makeClient } from "./secrets.ts";

/** An endpoint that takes a form with one token after another. */
export interface FormEndpoint {
  readonly url: string;
  readonly authorization?: string;
  /** `{}` stands for the token. */
  readonly form: string;
  /** The tokens, all of one length. */
  readonly values: readonly string[];
  /** Matches the answer to a good token and no other answer. */
  readonly good: RegExp;
}

/** Token introspection (RFC 7662). */
export const INTROSPECTION = { form: "token={}", good: /"active":true/ };

/** The exchange of an offline token for a bearer (RFC 6749 §6). */
export const REFRESH = {
  form: "grant_type=refresh_token&client_id=cloud-services&refresh_token={}",
  good: /"access_token":"[^"]+"/,
};

/** Where the hub exchanges offline tokens. */
export const HUB_TOKEN_PATH = "/auth/realms/redhat-external/protocol/openid-connect/token";

/** The hub's introspection of so many personal tokens, asked by a confidential client. */
export async function hubIntrospection(
  hub: RunningServer,
  bearer: string,
  tokens: number,
): Promise<FormEndpoint> {
  return {
    ...INTROSPECTION,
    url: `${hub.url}/oauth/introspect`,
    authorization: await makeClient(hub, bearer),
    values: await issueSecrets(hub, bearer, tokens, { kind: "personal_token", scopes: ["collection:*:*"] }),
  };
}

/** Checks that each endpoint tells good tokens from others, then measures them in turn. */
export async function compareEndpoints(endpoints: Readonly<Record<string, FormEndpoint>>): Promise<void> {
  for (const endpoint of Object.values(endpoints)) {
    await expectAnswers(endpoint);
  }
  const contestants = Object.entries(endpoints).map(([name, one]) => [name, () => ask(one)] as const);
  await compare(Object.fromEntries(contestants));
}

/** One round of load on the endpoint. */
export function ask({ url, form, values, ...endpoint }: FormEndpoint): Promise<Reached> {
  return load({ url, method: "POST", headers: headersOf(endpoint), body: form, values });
}

function headersOf({ authorization }: Pick<FormEndpoint, "authorization">): Record<string, string> {
  const type = { "content-type": "application/x-www-form-urlencoded" };
  return authorization === undefined ? type : { ...type, authorization };
}

/** A valid token must be told from one that was never issued: a wrong answer makes the speed worthless. */
async function expectAnswers(endpoint: FormEndpoint): Promise<void> {
  const [token = ""] = endpoint.values;
  for (const [value, isGood] of [
    [token, true],
    [token.split("").reverse().join(""), false],
  ] as const) {
    const body = endpoint.form.replace("{}", value);
    const reply = await fetch(endpoint.url, { method: "POST", headers: headersOf(endpoint), body });
    const text = await reply.text();
    if (endpoint.good.test(text) !== isGood) {
      throw new Error(`${endpoint.url} answered ${reply.status}: ${text.slice(0, 200)}`);
    }
  }
}
