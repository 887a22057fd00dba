import { createPublicKey, verify } from "node:crypto";
import * as oauth4webapi from "oauth4webapi";
import * as openid from "openid-client";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ADMIN_PASSWORD, api, logIn, type RunningServer, startServer } from "./server.ts";

/** Two OAuth clients that know nothing of this hub but the standards, against the built server. */
let server: RunningServer;
let admin: string;
let issuer: URL;
let confidential: { readonly id: string; readonly secret: string };

const SERVICE_SCOPE = "collection:acme.*:download";
const HELD = `${SERVICE_SCOPE} hub:introspect:use`;

beforeAll(async () => {
  server = await startServer();
  issuer = new URL(`${server.url}/auth/realms/redhat-external`);
  admin = await logIn(server);
  const made = await api<{ client: { clientId: string }; clientSecret: string }>(
    server,
    "POST",
    "/oauth/clients",
    {
      bearer: admin,
      body: { name: "importer", type: "confidential", scopes: [SERVICE_SCOPE, "hub:introspect:use"] },
    },
  );
  confidential = { id: made.client.clientId, secret: made.clientSecret };
});

afterAll(async () => {
  await server.stop();
  server.remove();
});

async function loadOfflineToken(): Promise<string> {
  const body = { kind: "offline_token", title: "e2e" };
  const { secret } = await api<{ secret: string }>(server, "POST", "/credentials", { bearer: admin, body });
  return secret;
}

/** Does on the page what a person does there: signs in, looks, presses the button. */
async function answerDevice(
  complete: string,
  answer: "approve" | "deny",
): Promise<{ question: string; done: string }> {
  const form = (fields: Record<string, string>) => ({
    method: "POST",
    body: new URLSearchParams(fields),
    redirect: "manual" as const,
  });
  const userCode = new URL(complete).searchParams.get("user_code") ?? "";
  const stranger = await (await fetch(complete)).text();
  expect(stranger).toContain('type="password"');
  const fields = { username: "admin", password: ADMIN_PASSWORD, user_code: userCode };
  const signedIn = await fetch(`${server.url}/device/sign-in`, form(fields));
  expect(signedIn.status).toBe(303);
  const cookie = signedIn.headers.getSetCookie()[0]?.split(";")[0] ?? "";
  const target = new URL(signedIn.headers.get("location") ?? "", server.url);
  const question = await (await fetch(target, { headers: { cookie } })).text();
  const csrf = /name="_csrf_token" value="([^"]+)"/.exec(question)?.[1] ?? "";
  const sent = form({ _csrf_token: csrf, user_code: userCode, answer });
  const reply = await fetch(`${server.url}/device/answer`, { ...sent, headers: { cookie } });
  expect(reply.status).toBe(200);
  return { question, done: await reply.text() };
}

describe("openid-client", () => {
  const options = { execute: [openid.allowInsecureRequests] };
  let people: openid.Configuration;
  let service: openid.Configuration;

  beforeAll(async () => {
    people = await openid.discovery(issuer, "cloud-services", undefined, openid.None(), options);
    service = await openid.discovery(issuer, confidential.id, confidential.secret, undefined, options);
  });

  it("discovers the realm", () => {
    expect(people.serverMetadata()).toMatchObject({
      issuer: issuer.href,
      token_endpoint: `${issuer}/protocol/openid-connect/token`,
    });
  });

  it("refreshes, introspects and revokes an offline token", async () => {
    const offline = await loadOfflineToken();

    const tokens = await openid.refreshTokenGrant(people, offline);
    const alive = await openid.tokenIntrospection(service, tokens.access_token);
    await openid.tokenRevocation(people, offline);
    const dead = await openid.tokenIntrospection(service, tokens.access_token);

    expect(tokens).toMatchObject({ refresh_token: offline, token_type: "bearer", expires_in: 900 });
    expect(alive).toMatchObject({ active: true, username: "admin", kind: "offline_token", iss: issuer.href });
    expect(dead).toEqual({ active: false });
    await expect(openid.refreshTokenGrant(people, offline)).rejects.toMatchObject({
      error: "invalid_grant",
      error_description: expect.stringContaining("was revoked on"),
    });
  });

  it("acts in the name of a service account, by form and by Basic", async () => {
    const basic = await openid.discovery(
      issuer,
      confidential.id,
      undefined,
      openid.ClientSecretBasic(confidential.secret),
      options,
    );

    const answers = await Promise.all(
      [service, basic].map((client) => openid.clientCredentialsGrant(client)),
    );

    expect(answers.map(({ scope }) => scope)).toEqual([HELD, HELD]);
  });

  it("logs in by device, once a person has approved", async () => {
    const started = await openid.initiateDeviceAuthorization(people, { scope: "offline_access" });
    const polling = openid.pollDeviceAuthorizationGrant(people, started);

    const { question } = await answerDevice(started.verification_uri_complete ?? "", "approve");
    const tokens = await polling;

    expect(question).toContain(started.user_code);
    expect(question).toContain("ansible-galaxy (cloud-services)");
    expect(tokens.refresh_token).toMatch(/^mmo_/);
    const again = await openid.refreshTokenGrant(people, tokens.refresh_token ?? "");
    expect(again.access_token).toMatch(/^eyJ/);
  });

  it("is told that the person refused", async () => {
    const started = await openid.initiateDeviceAuthorization(people, {});
    const polling = openid.pollDeviceAuthorizationGrant(people, started);

    const [refused] = await Promise.all([
      polling.catch((error: unknown) => error),
      answerDevice(started.verification_uri_complete ?? "", "deny"),
    ]);

    expect(refused).toMatchObject({ error: "access_denied" });
  });
});

describe("oauth4webapi", () => {
  const insecure = { [oauth4webapi.allowInsecureRequests]: true };
  const client: oauth4webapi.Client = { client_id: "cloud-services" };
  let as: oauth4webapi.AuthorizationServer;

  beforeAll(async () => {
    const reply = await oauth4webapi.discoveryRequest(issuer, { algorithm: "oauth2", ...insecure });
    as = await oauth4webapi.processDiscoveryResponse(issuer, reply);
  });

  async function refresh(offline: string): Promise<oauth4webapi.TokenEndpointResponse> {
    const reply = await oauth4webapi.refreshTokenGrantRequest(
      as,
      client,
      oauth4webapi.None(),
      offline,
      insecure,
    );
    return oauth4webapi.processRefreshTokenResponse(as, client, reply);
  }

  // The rules of Spring Security and of verifiers pinned to RS256: typ JWT, RS256, the issuer, a published
  // key.
  it("finds the access token as verifiers for Keycloak want it, also after the keys were rotated", async () => {
    const offline = await loadOfflineToken();
    const check = async () => {
      const { access_token: bearer } = await refresh(offline);
      const [header = "", claims = "", signature = ""] = bearer.split(".");
      const read = (part: string) => JSON.parse(Buffer.from(part, "base64url").toString("utf8"));
      const { alg, typ, kid } = read(header);
      expect({ alg, typ }).toEqual({ alg: "RS256", typ: "JWT" });
      const { keys } = (await (await fetch(String(as.jwks_uri))).json()) as {
        keys: Record<string, string>[];
      };
      const jwk = keys.find((key) => key["kid"] === kid);
      const key = createPublicKey({ key: jwk ?? {}, format: "jwk" });
      const isGood = verify(
        "sha256",
        Buffer.from(`${header}.${claims}`),
        key,
        Buffer.from(signature, "base64url"),
      );
      expect(isGood).toBe(true);
      return read(claims);
    };

    const before = await check();
    await api(server, "POST", "/keys/realm/rotate", { bearer: admin, status: 204 });
    const after = await check();

    expect(before).toMatchObject({
      iss: as.issuer,
      azp: "cloud-services",
      client_id: "cloud-services",
      preferred_username: "admin",
    });
    expect(after.jti).not.toBe(before.jti);
  });

  it("introspects by Basic and revokes", async () => {
    const offline = await loadOfflineToken();
    const service: oauth4webapi.Client = { client_id: confidential.id };
    const introspect = async (token: string) => {
      const basic = oauth4webapi.ClientSecretBasic(confidential.secret);
      const reply = await oauth4webapi.introspectionRequest(as, service, basic, token, insecure);
      return oauth4webapi.processIntrospectionResponse(as, service, reply);
    };

    const alive = await introspect(offline);
    const reply = await oauth4webapi.revocationRequest(as, client, oauth4webapi.None(), offline, insecure);
    await oauth4webapi.processRevocationResponse(reply);

    expect(alive).toMatchObject({ active: true, token_type: "Offline", client_id: "cloud-services" });
    expect(await introspect(offline)).toEqual({ active: false });
  });

  it("hears slow_down when it polls without pause", async () => {
    const none = oauth4webapi.None();
    const begun = await oauth4webapi.deviceAuthorizationRequest(as, client, none, {}, insecure);
    const { device_code: code } = await oauth4webapi.processDeviceAuthorizationResponse(as, client, begun);
    const poll = async (): Promise<unknown> => {
      const reply = await oauth4webapi.deviceCodeGrantRequest(as, client, none, code, insecure);
      return oauth4webapi.processDeviceCodeResponse(as, client, reply).catch((error: unknown) => error);
    };

    expect(await poll()).toMatchObject({ error: "authorization_pending" });
    expect(await poll()).toMatchObject({ error: "slow_down" });
  });
});
