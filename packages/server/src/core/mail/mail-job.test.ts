import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { MailTexts } from "../../notify/mail/mail-texts.ts";
import { SmtpMailer } from "../../notify/mail/smtp-mailer.ts";
import { createHarness, type Harness, LOOPBACK_ONLY, PASSWORD } from "../../testing/harness.ts";
import { MailServer } from "../../testing/mail-server.ts";
import { chooseStore, STORES, type StoreChoice } from "../../testing/stores.ts";
import { anonymousCaller } from "../caller.ts";
import { Secret } from "../secret/secret.ts";

const DAY_MS = 86_400_000;
const NOBODY = anonymousCaller({ address: null, agent: null });

describe.for(STORES)("warning mails on %s", (name) => {
  let store: StoreChoice;
  let server: MailServer;
  let nodes: Harness[];

  beforeEach(async () => {
    store = await chooseStore(name);
    server = await MailServer.open();
    const options = {
      openStore: store.openStore,
      outgoing: {
        ...LOOPBACK_ONLY,
        mail: new SmtpMailer({
          url: new Secret(server.url),
          from: "hub@example.com",
          texts: new MailTexts(undefined),
        }),
      },
      policy: { deliveryRetriesMs: [60_000] },
    };
    const first = await createHarness(options);
    // SQLite has one server; its second node is the same one.
    nodes = [first, store.openStore ? await createHarness({ ...options, clock: first.clock }) : first];
  });

  afterEach(async () => {
    await Promise.all([...new Set(nodes)].map((node) => node.close()));
    await server.kill();
    await store.remove();
  });

  const hub = () => nodes[0] as Harness;

  async function addPerson(username: string, more: { email?: string; role?: "admin" } = {}): Promise<void> {
    const { accounts } = hub().hub;
    const role = more.role ?? "member";
    await accounts.create({ username, role, password: PASSWORD, email: more.email ?? null }, NOBODY);
  }

  async function work(): Promise<void> {
    for (const job of ["warn-of-ends", "send-mails"]) {
      await Promise.all(nodes.map((node) => node.hub.jobs.run(job)));
    }
  }

  // The acceptance of warnings by mail: exactly one for each threshold, through failures and restarts.
  test("each holder gets one mail a threshold over sixty days, a server that says no and dies, and restarts", async () => {
    const start = hub().clock.now();
    for (const user of ["ada", "bob", "eve"]) {
      await addPerson(user, { email: `${user}@example.com` });
    }
    await hub().issue("ada", "personal_token", { expiresAt: start + 60 * DAY_MS });
    await hub().issue("bob", "offline_token");
    const used = await hub().hub.credentials.find((await hub().issue("eve", "offline_token")).id);
    for (let day = 1; day <= 60; day += 1) {
      hub().clock.advance({ days: 1 });
      if (used && day % 10 === 0) {
        hub().hub.uses.record(used, { address: null, agent: null });
      }
      if (day === 15) {
        server.treatments.push({ status: 452, line: "full" }, { status: 452, line: "full" });
      }
      if (day === 23) {
        server.treatments.push("cut");
      }
      if (day === 30) {
        await server.kill();
      }
      await work();
      if (day === 30) {
        await server.listen();
      }
      if (day % 7 === 0) {
        for (const node of new Set(nodes)) {
          await node.restart();
        }
      }
      for (let attempt = 0; attempt < 3; attempt += 1) {
        hub().clock.advance({ minutes: 1 });
        await work();
      }
      hub().clock.advance({ minutes: -3 });
      await hub().hub.jobs.run("expire-credentials");
    }

    expect(server.taken.map((line) => line.replace(/ mm\w_\S+ expires on \S+ \S+ UTC$/, ""))).toEqual([
      "bob@example.com: Your offline token",
      "bob@example.com: Your offline token",
      "bob@example.com: Your offline token",
      "ada@example.com: Your personal token",
      "ada@example.com: Your personal token",
      "ada@example.com: Your personal token",
    ]);
    expect(server.attempts).toBe(6 + 3);
  });

  // Warned at 50, 75 and 90 percent of the idle life; a click buys all of it again, three times.
  test("a token that nobody uses is warned of on days 15, 22 and 27, and kept alive by its owner three times", async () => {
    await addPerson("ada", { email: "ada@example.com" });
    const { id } = await hub().issue("ada", "offline_token");
    const warnedOn: number[] = [];
    const touch = async () =>
      hub().call({
        method: "POST",
        url: `/api/mintmark/v1/credentials/${id}/touch`,
        headers: await hub().logInByCookie("ada"),
      });
    const start = hub().clock.now();
    const dayNow = () => Math.floor((hub().clock.now() - start) / DAY_MS);
    const daysTo = (time: string) => Math.round((Date.parse(time) - start) / DAY_MS);
    for (let half = 1; half <= 54; half += 1) {
      hub().clock.advance({ hours: 12 });
      const before = server.accepted.length;
      await work();
      if (server.accepted.length > before) {
        warnedOn.push(dayNow());
      }
    }
    expect(warnedOn).toEqual([15, 22, 27]);
    expect(daysTo((await touch()).json().idleExpiresAt)).toBe(57);
    for (const deadline of [67, 77]) {
      hub().clock.advance({ days: 10 });
      expect(daysTo((await touch()).json().idleExpiresAt)).toBe(deadline);
    }
    const fourth = await touch();
    expect(fourth.statusCode).toBe(409);
    expect(fourth.json()).toMatchObject({ code: "touch_limit", title: expect.stringContaining("too often") });
  });

  test("a day brings one mail: the first goes at once, later ones wait for the next day unless their end comes first", async () => {
    const start = hub().clock.now();
    await addPerson("ada", { email: "ada@example.com" });
    const issue = (title: string, expiresAt: number) =>
      hub().issue("ada", "personal_token", { title, expiresAt });
    await issue("first", start + 31 * DAY_MS);
    await issue("second", start + 31 * DAY_MS + 2 * 3_600_000);
    await issue("urgent", start + 2 * DAY_MS + 3_600_000);
    hub().clock.advance({ days: 1, minutes: 1 });
    await work();
    expect(server.accepted.map(({ text }) => titlesIn(text))).toEqual([["first"]]);

    hub().clock.advance({ hours: 3 });
    await work();
    expect(server.accepted).toHaveLength(1);

    hub().clock.advance({ hours: 9 });
    await work();
    expect(server.accepted.map(({ text }) => titlesIn(text))).toEqual([["first"], ["urgent", "second"]]);
    await issue("short", hub().clock.now() + DAY_MS + 3_600_000);
    hub().clock.advance({ hours: 1, minutes: 1 });
    await work();
    expect(server.accepted).toHaveLength(2);
  });

  test("a warning that a use or a revocation has overtaken is not sent", async () => {
    await addPerson("ada", { email: "ada@example.com" });
    const used = await hub().issue("ada", "offline_token", { title: "used" });
    const revoked = await hub().issue("ada", "offline_token", { title: "revoked" });
    await hub().issue("ada", "offline_token", { title: "idle" });
    server.treatments.push({ status: 452, line: "later" });
    hub().clock.advance({ days: 15 });
    await work();
    const [one, other] = [
      await hub().hub.credentials.find(used.id),
      await hub().hub.credentials.find(revoked.id),
    ];
    if (one && other) {
      hub().hub.uses.record(one, { address: null, agent: null });
      // The other node, which may send the mail, learns of a use when it is written.
      await hub().context.usage.flush();
      await hub().hub.revocations.revoke(other, NOBODY, null);
    }
    hub().clock.advance({ minutes: 1 });
    await work();

    expect(server.accepted.map(({ text }) => titlesIn(text))).toEqual([["idle"]]);
  });

  test("a refusal for good is given up, with an event that says why", async () => {
    await addPerson("ada", { email: "ada@example.com" });
    await hub().issue("ada", "offline_token");
    server.treatments.push({ status: 550, line: "no such user" });
    hub().clock.advance({ days: 15 });
    await work();
    hub().clock.advance({ days: 1 });
    await work();

    expect([server.attempts, server.accepted.length]).toEqual([1, 0]);
    const [event] = await hub().context.store.read.audit.list({ action: "mail.refuse", limit: 2 });
    expect(event).toMatchObject({ owner: "ada", details: { line: "550 no such user" } });
  });

  test("of an owner without an address all administrators that have one are told", async () => {
    await addPerson("ada");
    await addPerson("root", { email: "root@example.com", role: "admin" });
    await addPerson("chief", { email: "chief@example.com", role: "admin" });
    await addPerson("silent", { role: "admin" });
    await hub().issue("ada", "offline_token", { title: "hers" });
    hub().clock.advance({ days: 15 });
    await work();

    expect(server.accepted.map(({ to }) => [to].flat()[0]?.text).sort()).toEqual([
      "chief@example.com",
      "root@example.com",
    ]);
    expect(server.accepted[0]?.text).toContain("hers (offline token, mmo_");
    expect(server.accepted[0]?.text).toContain("of ada");
  });

  test("of a service its stewards are told", async () => {
    await addPerson("ada", { email: "ada@example.com" });
    await addPerson("root", { email: "root@example.com", role: "admin" });
    const json = { name: "builder", stewards: ["ada"], grants: ["collection:*:download"] };
    const root = await hub().logIn("root");
    const made = await hub().call({ method: "POST", url: "/api/mintmark/v1/services", bearer: root, json });
    expect(made.statusCode).toBe(201);
    await hub().issue("builder", "offline_token", { title: "its" });
    hub().clock.advance({ days: 15 });
    await work();

    expect(server.taken).toEqual([expect.stringMatching(/^ada@example\.com: /)]);
    expect(server.accepted[0]?.text).toContain("of builder");
  });

  test("anybody signed in may try it, a few times", async () => {
    await addPerson("ada", { email: "ada@example.com" });
    await addPerson("bob");
    const ask = async (username: string) => {
      const bearer = await hub().logIn(username);
      const answer = await hub().call({ method: "POST", url: "/api/mintmark/v1/notifications/test", bearer });
      return [answer.statusCode, answer.json() as Record<string, unknown>] as const;
    };

    expect(await ask("ada")).toMatchObject([200, { response: expect.stringMatching(/^250 /) }]);
    expect(server.taken).toEqual(["ada@example.com: A test from Mintmark"]);
    server.treatments.push({ status: 550, line: "no such user" });
    expect(await ask("ada")).toMatchObject([502, { code: "mail_refused", detail: "550 no such user" }]);
    expect(await ask("bob")).toMatchObject([409, { code: "no_address" }]);
    for (let count = 0; count < 3; count += 1) {
      await ask("ada");
    }
    expect(await ask("ada")).toMatchObject([429, { code: "too_many_attempts" }]);
  });
});

test("a hub without a mail server says so", async () => {
  const hub = await createHarness();
  await hub.addUser("ada");
  const bearer = await hub.logIn("ada");
  const answer = await hub.call({ method: "POST", url: "/api/mintmark/v1/notifications/test", bearer });
  const settings = await hub.call({ url: "/api/mintmark/v1/notifications", bearer });
  await hub.close();

  expect([answer.statusCode, answer.json()]).toMatchObject([409, { code: "mail_not_set" }]);
  expect(settings.json()).toEqual({
    mailProblem: null,
    expiring: true,
    idle: true,
    mail: false,
    email: null,
    warnBefore: ["30d", "7d", "1d"],
    warnIdle: ["50%", "75%", "90%"],
    offlineIdle: "30d",
    touch: true,
  });
});

function titlesIn(text: string | undefined): readonly string[] {
  return [...(text ?? "").matchAll(/^\* (\S+)/gm)].map(([, title]) => title ?? "");
}
