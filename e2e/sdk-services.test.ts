import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { MintmarkError } from "../packages/sdk/src/error.ts";
import { createVerifier, type VerifierOptions } from "../packages/sdk/src/verifier/verifier.ts";
import { eventually } from "./eventually.ts";
import { FRAMEWORKS, type Service } from "./sdk-frameworks.ts";
import { basic, type ServiceHub, startServiceHub } from "./service-hub.ts";

/** How long the SDK caches a verdict by default: the longest time until a revocation takes effect. */
const CACHE_MS = 1_000;

let hub: ServiceHub;

beforeAll(async () => {
  hub = await startServiceHub();
});

afterAll(() => hub?.stop());

/** A verifier that counts its calls. */
function counting(options: Partial<VerifierOptions> = {}) {
  const calls: string[] = [];
  const verifier = createVerifier({
    baseUrl: hub.server.url,
    credentials: hub.client,
    timeoutMs: 20_000,
    fetch: (input, init) => {
      calls.push(String(input));
      return fetch(input, init);
    },
    ...options,
  });
  return { calls, verifier };
}

async function get(url: string, authorization?: string, request: RequestInit = {}) {
  const response = await fetch(url, {
    ...request,
    headers: authorization === undefined ? {} : { authorization },
  });
  return {
    status: response.status,
    challenge: response.headers.get("www-authenticate"),
    retryAfter: response.headers.get("retry-after"),
    cached: response.headers.get("cache-control"),
    text: await response.text(),
  };
}

describe.each(FRAMEWORKS)("a service in $name", ({ start }) => {
  let service: Service;
  let reports: string;

  beforeAll(async () => {
    service = await start(counting().verifier);
    reports = `${service.url}/reports`;
  });

  afterAll(() => service?.close());

  test("knows who calls, by every scheme, and reads what was sent", async () => {
    const { secret } = await hub.issue("personal_token");
    const { secret: appToken } = await hub.issue("app_token");
    const who = await fetch(`${hub.server.url}/verify`, { headers: { authorization: `Bearer ${secret}` } });
    const subject = who.headers.get("x-mintmark-subject");
    for (const header of [
      `Bearer ${secret}`,
      `token ${secret}`,
      basic("ada", secret),
      basic("ADA", `${secret}\n`, "ZenApiKey"),
    ]) {
      expect(await get(reports, header, { method: "POST", body: "hello" })).toMatchObject({
        status: 200,
        text: `ada (${subject}, personal_token) reads; sent: hello`,
      });
    }
    const { status, text } = await get(`${service.url}/repositories/app`, basic("$app", appToken));
    expect([status, text]).toEqual([200, `ada (${subject}, app_token) reads; sent: `]);
    expect((await get(reports, `Bearer ${await hub.clientBearer()}`)).text).toContain("$client:");
  });

  test("refuses by RFC 6750 a client that shows nothing, nothing good, or not enough", async () => {
    expect(await get(reports)).toMatchObject({
      status: 401,
      challenge: 'Bearer realm="mintmark"',
      cached: "no-store",
    });
    const { secret: offline } = await hub.issue("offline_token");
    const { secret } = await hub.issue("personal_token", { scopes: ["repository:team/*:pull"] });
    for (const header of ["Bearer x", `Bearer ${offline}`, basic("eve", secret), basic("$app", secret)]) {
      expect(await get(reports, header)).toMatchObject({
        status: 401,
        challenge: 'Bearer realm="mintmark", error="invalid_token"',
      });
    }
    expect(await get(reports, `Bearer ${secret}`)).toMatchObject({
      status: 403,
      challenge: 'Bearer realm="mintmark", error="insufficient_scope", scope="service:reports:read"',
    });
  });

  test("asks for what the request needs", async () => {
    const { secret } = await hub.issue("personal_token", { scopes: ["repository:team/app:pull"] });
    const pull = async (name: string) =>
      (await get(`${service.url}/repositories/${name}`, `Bearer ${secret}`)).status;
    expect([await pull("app"), await pull("other"), await pull("a%20b"), await pull("*")]).toEqual([
      200, 403, 403, 403,
    ]);
  });

  test("does not take secrets from the URL", async () => {
    const { secret } = await hub.issue("personal_token");
    for (const name of ["access_token", "token", "authorization"]) {
      expect((await get(`${reports}?${name}=${secret}`)).status).toBe(401);
    }
  });

  // The bound counts from when the revocation was acknowledged to when a request that was let in was begun.
  test("takes a revocation within the cache's time", async () => {
    const { secret, id } = await hub.issue("personal_token");
    const header = `Bearer ${secret}`;
    expect((await get(reports, header)).status).toBe(200);
    await hub.revoke(id);
    const revokedAt = performance.now();
    let lastLetIn = revokedAt;
    for (let status = 200; status !== 401; ) {
      const began = performance.now();
      ({ status } = await get(reports, header));
      lastLetIn = status === 200 ? began : lastLetIn;
      expect(began - revokedAt).toBeLessThan(30_000);
    }
    expect(lastLetIn - revokedAt).toBeLessThan(CACHE_MS);
    expect((await get(reports, header)).status).toBe(401);
  });

  test("asks once for a herd that comes at the same time", async () => {
    const { calls, verifier } = counting({ cache: { seconds: 60 } });
    const busy = await start(verifier);
    const { secret } = await hub.issue("personal_token");
    const herd = Array.from({ length: 200 }, () => get(`${busy.url}/reports`, `Bearer ${secret}`));
    const statuses = (await Promise.all(herd)).map(({ status }) => status);
    await busy.close();
    expect(new Set(statuses)).toEqual(new Set([200]));
    expect(calls).toHaveLength(1);
  });

  test("lets nobody in while the hub cannot be asked, and says when to come again", async () => {
    const { secret } = await hub.issue("personal_token");
    const credentials = { clientId: hub.client.clientId, clientSecret: "wrong" };
    for (const options of [{ baseUrl: "http://127.0.0.1:1" }, { credentials }]) {
      const lost = await start(counting(options).verifier);
      const reply = await get(`${lost.url}/reports`, `Bearer ${secret}`);
      const nothing = await get(`${lost.url}/reports`);
      await lost.close();
      expect(reply).toMatchObject({ status: 503, retryAfter: "1", cached: "no-store", challenge: null });
      expect(nothing.status).toBe(401);
      expect(lost.failures).toEqual([expect.any(MintmarkError)]);
      expect(JSON.stringify(lost.failures) + String(lost.failures)).not.toContain(secret);
    }
  });
});

describe("the hub", () => {
  test("is asked about many secrets in few calls by a personal token", async () => {
    const { calls, verifier } = counting({ credentials: hub.token });
    const issued = await Promise.all(Array.from({ length: 60 }, () => hub.issue("personal_token")));
    const verdicts = issued.map(({ secret }) => verifier.verify(`Bearer ${secret}`));
    expect((await Promise.all(verdicts)).every(({ active }) => active)).toBe(true);
    expect(calls).toEqual([`${hub.server.url}/api/mintmark/v1/introspection`]);
  });

  test("shows the service as where a credential was last used", async () => {
    const { secret, id } = await hub.issue("personal_token");
    await counting().verifier.verify(`Bearer ${secret}`);
    await expect
      .poll(() => lastUse(id), { timeout: 20_000, interval: 500 })
      .toEqual(["127.0.0.1", "mintmark-sdk"]);
  });

  test("is waited for no longer than was said", async () => {
    const { verifier } = counting({ timeoutMs: 50, fetch: (_url, init) => untilAborted(init?.signal) });
    const { secret } = await hub.issue("personal_token");
    await expect(verifier.verify(`Bearer ${secret}`)).rejects.toMatchObject({ code: "timeout" });
  });

  async function lastUse(id: string): Promise<readonly unknown[]> {
    const response = await fetch(`${hub.server.url}/api/mintmark/v1/credentials/${id}`, {
      headers: { authorization: `Bearer ${hub.admin}` },
    });
    const credential = (await response.json()) as Record<string, unknown>;
    return [credential["lastUsedFrom"], credential["lastUsedAgent"]];
  }
});

function untilAborted(signal: AbortSignal | null | undefined): Promise<Response> {
  return new Promise((_, reject) => {
    signal?.addEventListener("abort", () => reject(signal.reason));
  });
}

// Last: it stops the hub.
test("while the hub is down, nobody passes but clients let in this very second and bearers that are checked here", async () => {
  const asking = counting({ timeoutMs: 2_000 }).verifier;
  const checking = counting({ timeoutMs: 2_000, local: true }).verifier;
  const { secret } = await hub.issue("personal_token");
  const bearer = `Bearer ${await hub.exchange((await hub.issue("offline_token")).secret)}`;
  expect((await asking.verify(`Bearer ${secret}`)).active).toBe(true);
  expect((await checking.verify(bearer)).active).toBe(true);
  await hub.server.stop();

  for (const verifier of [asking, checking]) {
    const refusal = await eventually(() =>
      verifier.verify(`Bearer ${secret}`).then(
        () => null,
        (error: unknown) => error,
      ),
    );
    expect(refusal).toBeInstanceOf(MintmarkError);
  }
  await expect(asking.verify(bearer)).rejects.toBeInstanceOf(MintmarkError);
  expect((await checking.verify(bearer)).active).toBe(true);
});
