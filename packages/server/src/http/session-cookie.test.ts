import { afterEach, describe, expect, test } from "vitest";
import { createHarness, type Harness, PASSWORD } from "../testing/harness.ts";

const SESSION = "/api/mintmark/v1/session";
let hub: Harness;

afterEach(() => hub.close());

/** Opens a hub at that public URL and signs in; the cookies as they were set, and the bearer. */
async function signInAt(publicUrl: string) {
  hub = await createHarness({ policy: { publicUrl } });
  await hub.addUser("ada");
  const reply = await hub.call({
    method: "POST",
    url: SESSION,
    json: { username: "ada", password: PASSWORD },
  });
  const cookies = reply.headers["set-cookie"] as string[];
  return { cookies, bearer: reply.json().accessToken as string };
}

const pairOf = (cookie: string | undefined) => cookie?.split(";")[0] ?? "";

describe("the cookie of a session", () => {
  // A leak of one must not give the other: a bearer may appear in the log of a script, a cookie in the store
  // of a browser.
  test("is no bearer, and the bearer is no cookie", async () => {
    const { cookies, bearer } = await signInAt("http://hub.test");
    const [name, value = ""] = pairOf(cookies[0]).split("=");

    expect(value).not.toBe(bearer);
    expect((await hub.call({ url: SESSION, headers: { cookie: `${name}=${value}` } })).statusCode).toBe(200);
    expect((await hub.call({ url: SESSION, bearer: value })).statusCode).toBe(401);
    expect((await hub.call({ url: SESSION, headers: { cookie: `${name}=${bearer}` } })).statusCode).toBe(401);
    expect((await hub.call({ url: SESSION, bearer })).statusCode).toBe(200);
  });

  test("ends with the bearer, since both are one session", async () => {
    const { cookies, bearer } = await signInAt("http://hub.test");

    await hub.call({ method: "DELETE", url: SESSION, bearer });

    const shown = await hub.call({ url: SESSION, headers: { cookie: pairOf(cookies[0]) } });
    expect(shown.statusCode).toBe(401);
  });

  // A neighbouring domain may set a cookie for its parent, but none whose name begins with __Host-.
  test("cannot be planted by a neighbour where the hub has an https host of its own", async () => {
    const { cookies } = await signInAt("https://hub.test");

    for (const cookie of cookies) {
      expect(cookie).toMatch(/^__Host-mintmark_(session|browser)=.*; Path=\/;.*; Secure$/);
      expect(cookie).not.toContain("Domain");
    }
    const planted = pairOf(cookies[0]).replace("__Host-", "");
    expect((await hub.call({ url: SESSION, headers: { cookie: planted } })).statusCode).toBe(401);
    expect((await hub.call({ url: SESSION, headers: { cookie: pairOf(cookies[0]) } })).statusCode).toBe(200);
  });

  test("goes to no other application of a host that the hub shares", async () => {
    const { cookies } = await signInAt("https://host.test/mintmark");

    for (const cookie of cookies) {
      expect(cookie).toMatch(/^mintmark_(session|browser)=.*; Path=\/mintmark; .*; Secure$/);
    }
    const out = await hub.call({
      method: "DELETE",
      url: SESSION,
      headers: await hub.logInByCookie("ada"),
    });
    expect(out.headers["set-cookie"]).toContain("Path=/mintmark");
  });
});

test("pages without script post to the path of the public URL, and send people back below it", async () => {
  const { cookies } = await signInAt("https://host.test/mintmark");
  const headers = { cookie: pairOf(cookies[0]) };
  const pages = [
    await hub.call({ url: "/device" }),
    await hub.call({ url: "/device", headers }),
    await hub.call({ url: "/device?user_code=BBBB-BBBB", headers }),
    await hub.call({ url: "/oauth/authorize" }),
    await hub.call({ url: "/" }),
  ];

  for (const { body } of pages) {
    const addresses = [...body.matchAll(/(?:action|href|src)="([^"]*)"/g)].map(([, address = ""]) => address);
    expect(
      addresses.filter((address) => address.startsWith("/") && !address.startsWith("/mintmark/")),
    ).toEqual([]);
  }
  const signedIn = await hub.call({
    method: "POST",
    url: "/device/sign-in",
    form: { username: "ada", password: PASSWORD, user_code: "BBBB-BBBB" },
  });
  expect(signedIn.headers["location"]).toBe("/mintmark/device?user_code=BBBB-BBBB");
});
