import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Secret } from "../packages/server/src/core/secret/secret.ts";
import { LdapDirectory } from "../packages/server/src/system/ldap-directory.ts";
import { createHarness, type Harness } from "../packages/server/src/testing/harness.ts";
import { chooseStore, STORES, type StoreChoice } from "../packages/server/src/testing/stores.ts";
import { requireProgram } from "./programs.ts";
import { ADMIN, ADMIN_SECRET, BASE, group, person, Slapd } from "./slapd.ts";

const program = requireProgram("slapd");
const API = "/api/mintmark/v1";

describe.each(STORES)("a directory, with the hub on %s,", (storeName) => {
  let slapd: Slapd;
  let store: StoreChoice;
  let hub: Harness;
  let root: string;

  const change = (tool: string, ldif: string, ...more: string[]) => slapd.change(tool, ldif, ...more);

  beforeAll(async () => {
    if (program === undefined) {
      return;
    }
    slapd = await Slapd.start(program);
    const people = ["ada", "bob", "root", "zoe"].map((uid) => person(uid, `${uid} long password`)).join("");
    change("ldapadd", `${people}${group("staff", "ada", "bob", "root")}${group("admins", "ada")}`);
    store = await chooseStore(storeName);
    hub = await createHarness({
      openStore: store.openStore,
      signIn: () => ({
        local: "on",
        oidc: null,
        ldap: {
          recheckMs: 3_600_000,
          groups: {
            admin: `CN=Admins,${BASE.toUpperCase()}`,
            auditor: null,
            required: `cn=staff,${BASE}`,
            foldsCase: true,
          },
          provider: new LdapDirectory({
            url: slapd.url,
            bindDn: ADMIN,
            bindPassword: new Secret(ADMIN_SECRET),
            base: BASE,
            filter: "(&(objectClass=inetOrgPerson)(|(uid={username})(sn={username})))",
            groupAttribute: "memberOf",
            ca: undefined,
          }),
        },
      }),
    });
    await hub.addUser("root", { role: "admin" });
    root = await hub.logIn("root");
  }, 60_000);

  afterAll(async () => {
    await hub?.close();
    await store?.remove();
    await slapd?.stop();
    slapd?.remove();
  });

  const open = (username: string, password: string) =>
    hub.call({ method: "POST", url: `${API}/session`, json: { username, password } });
  const basic = (username: string, password: string, path: string) =>
    hub.call({
      url: path,
      headers: { authorization: `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}` },
    });

  test("lets people in by name and password wherever these are taken, with role and labels", async () => {
    const reply = await open("ada", "ada long password");
    expect(reply.statusCode).toBe(201);
    expect(reply.json().user).toMatchObject({
      username: "ada",
      role: "admin",
      email: "ada@example.test",
      displayName: "ada Person",
      provider: "ldap",
    });
    expect((await open("bob", "bob long password")).json().user.role).toBe("member");
    expect((await basic("bob", "bob long password", "/api/galaxy/_ui/v1/me/")).statusCode).toBe(200);
    const registry = "/v2/auth?service=mintmark-registry&scope=repository:bob/app:pull";
    expect((await basic("bob", "bob long password", registry)).statusCode).toBe(200);
    const json = { username: "bob", password: "bob long password" };
    const ibm = await hub.call({ method: "POST", url: "/icp4d-api/v1/authorize", json });
    expect(ibm.statusCode).toBe(200);
  });

  test.each([
    ["a wrong password", "ada", "wrong"],
    ["an empty password", "ada", ""],
    ["an unknown name", "nobody", "ada long password"],
    ["a star for a name", "*", "ada long password"],
    ["a name that would break the filter", "ada)(uid=*", "ada long password"],
    ["a name that fits several people", "Person", "ada long password"],
    ["somebody outside the required group", "zoe", "zoe long password"],
    ["the directory's password of a name that is local here", "root", "root long password"],
  ])("refuses %s with the one answer", async (_what, username, password) => {
    const reply = await open(username, password);
    expect([reply.statusCode, reply.json().code]).toEqual([401, "invalid_login"]);
  });

  test("that loses a person suspends her after two looks, and a new entry of the name is another person", async () => {
    change("ldapadd", person("tmp", "tmp long password"));
    change("ldapmodify", `dn: cn=staff,${BASE}\nchangetype: modify\nadd: member\nmember: uid=tmp,${BASE}\n`);
    expect((await open("tmp", "tmp long password")).statusCode).toBe(201);
    const { secret } = await hub.issue("tmp", "personal_token");
    change("ldapdelete", "", `uid=tmp,${BASE}`);
    for (const expected of [200, 401]) {
      hub.clock.advance({ hours: 1, seconds: 1 });
      await hub.hub.jobs.run("recheck-ldap");
      expect((await hub.call({ url: "/verify", bearer: secret })).statusCode).toBe(expected);
    }
    change("ldapadd", person("tmp", "tmp long password"));
    const member = `member: uid=tmp,${BASE}`;
    const anew = `changetype: modify\ndelete: member\n${member}\n-\nadd: member\n${member}\n`;
    change("ldapmodify", `dn: cn=staff,${BASE}\n${anew}`);
    expect((await open("tmp", "tmp long password")).statusCode).toBe(401);
    root = await hub.logIn("root");
    const { events } = (
      await hub.call({ url: `${API}/audit?action=account.link_refused`, bearer: root })
    ).json();
    expect(events[0].details.reason).toBe("username_taken");
  });

  test("that is down says so, suspends nobody, and local accounts go on", async () => {
    await open("bob", "bob long password");
    await slapd.stop();
    expect((await open("bob", "bob long password")).statusCode).toBe(503);
    expect((await open("root", "correct horse battery")).statusCode).toBe(201);
    for (let look = 0; look < 3; look += 1) {
      hub.clock.advance({ hours: 1, seconds: 1 });
      await hub.hub.jobs.run("recheck-ldap");
    }
    root = await hub.logIn("root");
    const bob = await hub.call({ url: `${API}/users/bob`, bearer: root });
    expect(bob.json().suspended).toBe(false);
  });
});
