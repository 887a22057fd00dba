import { describe, expect, test } from "vitest";
import { MintmarkClient, type MintmarkClientOptions, pagesOf } from "./client.ts";
import { MintmarkError } from "./error.ts";

const SECRET = "mmt_0123456789abcdefghijklmnopqrstuvwxyz";

/** A hub at the other end of `fetch`: answers what it is told to and remembers what it was asked. */
function hub(...answers: readonly Response[]) {
  const asked: { url: string; init: RequestInit; headers: Headers }[] = [];
  const answer: typeof fetch = async (input, init = {}) => {
    const next = answers[asked.length] ?? problem(500, { code: "internal" });
    asked.push({ url: String(input), init, headers: new Headers(init.headers) });
    return next;
  };
  return { asked, fetch: answer };
}

function problem(status: number, body: Readonly<Record<string, unknown>>, headers = {}): Response {
  return new Response(JSON.stringify(body), { status, headers });
}

/** Everything that somebody could print of an error. */
function printed(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const fields = Object.getOwnPropertyNames(error).map((name) => String(Reflect.get(error, name)));
  return `${fields.join("\n")}\n${error.cause === undefined ? "" : printed(error.cause)}`;
}

async function refusalOf(call: Promise<unknown>): Promise<MintmarkError> {
  const error = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(MintmarkError);
  return error as MintmarkError;
}

describe("what a call sends", () => {
  test("the secret goes in one header, and no redirect, cookie or cache may carry it on", async () => {
    const { asked, fetch } = hub(problem(200, {}));
    const client = new MintmarkClient({ baseUrl: "https://hub.example/mint/", bearer: `${SECRET}\n`, fetch });

    await client.listCredentials({ kind: "app_token", limit: 20, owner: "" });

    const [call] = asked;
    expect(call?.url).toBe("https://hub.example/mint/api/mintmark/v1/credentials?kind=app_token&limit=20");
    expect(call?.headers.get("authorization")).toBe(`Bearer ${SECRET}`);
    expect(call?.init).toMatchObject({ redirect: "error", credentials: "omit", cache: "no-store" });
  });

  test("a name in the path stays one segment whatever is in it", async () => {
    const { asked, fetch } = hub(new Response(null, { status: 204 }));
    await new MintmarkClient({ baseUrl: "https://hub.example", bearer: SECRET, fetch }).deleteUser(
      "../a?b#c",
    );
    expect(asked[0]?.url).toBe("https://hub.example/api/mintmark/v1/users/..%2Fa%3Fb%23c");
  });

  test("an answer in full is asked for where the caller prefers it, and only there", async () => {
    const { asked, fetch } = hub(
      new Response(JSON.stringify({ receipt: {} }), { status: 200 }),
      new Response(null, { status: 204 }),
    );
    const client = new MintmarkClient({ baseUrl: "https://hub.example", bearer: SECRET, fetch });

    const full = await client.revokeCredential("id", {}, { prefer: "representation" });
    const bare = await client.revokeCredential("id");

    expect([full, bare]).toEqual([{ receipt: {} }, undefined]);
    expect(asked.map(({ headers }) => headers.get("prefer"))).toEqual(["return=representation", null]);
  });

  test("an answer without content is nothing", async () => {
    const { fetch } = hub(new Response(null, { status: 204 }));
    const client = new MintmarkClient({ baseUrl: "https://hub.example", bearer: SECRET, fetch });
    expect(await client.closeSession()).toBeUndefined();
  });
});

describe("what an error tells", () => {
  // fetch quotes a header that it refuses, so a token file with a second line in it would end up in
  // somebody's log.
  test.each([`${SECRET}\nsecond line`, `${SECRET}€`, ` \n`])(
    "no bearer that cannot be sent is quoted: %#",
    async (bearer) => {
      const { asked, fetch } = hub();
      const client = new MintmarkClient({
        baseUrl: "https://hub.example",
        bearer: async () => bearer,
        fetch,
      });

      const error = await refusalOf(client.getSession());

      expect(error).toMatchObject({ code: "unusable_bearer", status: 0 });
      expect(printed(error)).not.toContain(SECRET);
      expect(asked).toHaveLength(0);
    },
  );

  test.each([
    "https://admin:hunter2@hub.example",
    "https://hub.example/?token=hunter2",
    "https://hub.example/#hunter2",
    "ftp://hunter2.example",
    "//hunter2.example",
    "hunter2",
  ])("no address that is more or less than a hub's is taken or quoted: %#", (baseUrl) => {
    let error: unknown;
    try {
      new MintmarkClient({ baseUrl });
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(TypeError);
    expect((error as TypeError).message).not.toContain("hunter2");
  });

  // A JSON parser quotes what it could not read, and half of this answer is a secret.
  test("an answer that was cut off is not quoted", async () => {
    const { fetch } = hub(new Response(`{"secret":"${SECRET}`, { status: 201 }));
    const client = new MintmarkClient({ baseUrl: "https://hub.example", bearer: SECRET, fetch });
    const error = await refusalOf(client.createCredential({ kind: "personal_token", scopes: ["*:*:*"] }));
    expect(error).toMatchObject({ code: "unexpected_answer", status: 201 });
    expect(printed(error)).not.toContain("mmt_");
  });

  test("the client itself shows no secret when it is printed", () => {
    const client = new MintmarkClient({ baseUrl: "https://hub.example", bearer: SECRET });
    expect(JSON.stringify(client) + Object.getOwnPropertyNames(client).join()).not.toContain("bearer");
  });

  test("a refusal keeps the hub's words, field, request id and patience", async () => {
    const body = {
      code: "too_many_attempts",
      title: "Wait.",
      field: "username",
      requestId: "r-1",
      detail: "why",
    };
    const { fetch } = hub(problem(429, body, { "retry-after": "17" }));
    const client = new MintmarkClient({ baseUrl: "https://hub.example", fetch });
    const error = await refusalOf(client.openSession({ username: "ann", password: "p" }));
    expect({ ...error, message: error.message }).toMatchObject({
      message: "Wait.",
      code: "too_many_attempts",
      status: 429,
      field: "username",
      requestId: "r-1",
      detail: "why",
      retryAfterSeconds: 17,
    });
  });

  test("a proxy's page is told from a hub's refusal", async () => {
    const { fetch } = hub(
      new Response("<html>Bad Gateway</html>", { status: 502, headers: { "x-request-id": "edge-7" } }),
    );
    const client = new MintmarkClient({ baseUrl: "https://hub.example", bearer: SECRET, fetch });
    expect(await refusalOf(client.getSession())).toMatchObject({
      code: "unexpected_answer",
      status: 502,
      requestId: "edge-7",
      retryAfterSeconds: undefined,
    });
  });
});

describe("a browser's session", () => {
  const session = (csrfToken: string) => problem(200, { csrfToken });
  const client = (options: Partial<MintmarkClientOptions>) =>
    new MintmarkClient({ baseUrl: "/mint", ...options });

  test("asks for its CSRF token once and shows it on every change", async () => {
    const { asked, fetch } = hub(
      session("one"),
      new Response(null, { status: 204 }),
      new Response(null, { status: 204 }),
    );
    const page = client({ fetch });

    await page.deleteUser("ann");
    await page.deleteUser("bob");

    expect(asked.map(({ url }) => url)).toEqual([
      "/mint/api/mintmark/v1/session",
      "/mint/api/mintmark/v1/users/ann",
      "/mint/api/mintmark/v1/users/bob",
    ]);
    expect(asked.map(({ headers }) => headers.get("x-csrf-token"))).toEqual([null, "one", "one"]);
    expect(asked.every(({ init }) => init.credentials === "same-origin")).toBe(true);
  });

  test("goes on after somebody signed in anew in another tab", async () => {
    const { asked, fetch } = hub(
      session("old"),
      problem(403, { code: "csrf_failed" }),
      session("new"),
      new Response(null, { status: 204 }),
    );
    await client({ fetch }).deleteUser("ann");
    expect(asked.map(({ headers }) => headers.get("x-csrf-token"))).toEqual([null, "old", null, "new"]);
  });

  test("repeats a refused call once and no more", async () => {
    const refused = () => problem(403, { code: "csrf_failed" });
    const { asked, fetch } = hub(session("a"), refused(), session("b"), refused());
    expect(await refusalOf(client({ fetch }).deleteUser("ann"))).toMatchObject({ code: "csrf_failed" });
    expect(asked).toHaveLength(4);
  });

  test("stays refused when nobody signs in again", async () => {
    const { asked, fetch } = hub(problem(401, { code: "unauthenticated" }));
    const page = client({ fetch, signInAgain: async () => false });
    expect(await refusalOf(page.getSession())).toMatchObject({ code: "unauthenticated", status: 401 });
    expect(asked).toHaveLength(1);
  });
});

test("pages are fetched when they are asked for, and not before", async () => {
  const cursors: (string | undefined)[] = [];
  const pages = pagesOf(async (cursor) => {
    cursors.push(cursor);
    return { nextCursor: `after-${cursors.length}` };
  });
  for await (const page of pages) {
    if (page.nextCursor === "after-2") break;
  }
  expect(cursors).toEqual([undefined, "after-1"]);
});
