import * as oauth from "oauth4webapi";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { api, logIn, type RunningServer, startServer } from "./server.ts";

const CALLBACK = "http://127.0.0.1:39999/callback";
const PASSWORD = "ada's long password";
const INSECURE = { [oauth.allowInsecureRequests]: true };

let hub: RunningServer;
let clientId: string;

beforeAll(async () => {
  hub = await startServer();
  const bearer = await logIn(hub);
  const user = { username: "ada", password: PASSWORD, role: "member" };
  await api(hub, "POST", "/users", { bearer, body: user });
  const app = { name: "An app", type: "public", redirectUris: [CALLBACK] };
  const { client } = await api<{ client: { clientId: string } }>(hub, "POST", "/oauth/clients", {
    bearer,
    body: app,
  });
  clientId = client.clientId;
});

afterAll(async () => {
  await hub?.stop();
  hub?.remove();
});

describe("an OAuth client that is not ours (oauth4webapi)", () => {
  it("takes a person through log-in and consent to a token that makes app tokens", async () => {
    const server: oauth.AuthorizationServer = {
      issuer: hub.url,
      authorization_endpoint: `${hub.url}/oauth/authorize`,
      token_endpoint: `${hub.url}/oauth/access_token`,
    };
    const client = { client_id: clientId };
    const verifier = oauth.generateRandomCodeVerifier();
    const state = oauth.generateRandomState();
    const url = new URL(server.authorization_endpoint ?? "");
    for (const [name, value] of Object.entries({
      response_type: "code",
      client_id: clientId,
      redirect_uri: CALLBACK,
      scope: "user:admin",
      state,
      code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
      code_challenge_method: "S256",
    })) {
      url.searchParams.set(name, value);
    }

    const location = await asPerson(url);

    const answer = oauth.validateAuthResponse(server, client, new URL(location), state);
    const reply = await oauth.authorizationCodeGrantRequest(
      server,
      client,
      oauth.None(),
      answer,
      CALLBACK,
      verifier,
      INSECURE,
    );
    const token = await oauth.processAuthorizationCodeResponse(server, client, reply);
    expect(token).toMatchObject({ token_type: "bearer", scope: "user:admin", expires_in: 2_592_000 });
    const made = await fetch(`${hub.url}/api/v1/user/apptoken`, {
      method: "POST",
      headers: { authorization: `Bearer ${token.access_token}`, "content-type": "application/json" },
      body: JSON.stringify({ title: "by the app" }),
    });
    expect(made.status).toBe(201);
    expect(hub.log()).not.toContain(token.access_token);
    expect(hub.log()).not.toContain(new URL(location).searchParams.get("code"));
  });
});

/**
 * What a browser without script does: follows the forms of the pages. Gives the address it is sent to at the
 * end.
 */
async function asPerson(url: URL): Promise<string> {
  const signIn = formOf(await (await fetch(url)).text());
  const signedIn = await submit(signIn, { username: "ada", password: PASSWORD });
  const cookie = signedIn.headers.get("set-cookie")?.split(";")[0] ?? "";
  const page = await fetch(new URL(signedIn.headers.get("location") ?? "", hub.url), { headers: { cookie } });
  const allowed = await submit(formOf(await page.text()), { answer: "allow" }, cookie);
  return allowed.headers.get("location") ?? "";
}

interface Form {
  readonly action: string;
  readonly hidden: Readonly<Record<string, string>>;
}

function formOf(page: string): Form {
  const action = /<form method="post" action="([^"]+)"/.exec(page)?.[1] ?? "";
  const fields = page.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)"/g);
  const hidden = Object.fromEntries(
    [...fields].map(([, name, value]) => [name, value?.replaceAll("&amp;", "&")]),
  );
  return { action, hidden };
}

function submit(form: Form, typed: Readonly<Record<string, string>>, cookie = ""): Promise<Response> {
  return fetch(new URL(form.action, hub.url), {
    method: "POST",
    redirect: "manual",
    headers: { cookie, origin: hub.url, "sec-fetch-site": "same-origin" },
    body: new URLSearchParams({ ...form.hidden, ...typed }),
  });
}
