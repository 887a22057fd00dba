import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { MailTexts } from "../../notify/mail/mail-texts.ts";
import { SmtpMailer } from "../../notify/mail/smtp-mailer.ts";
import { createHarness, type Harness, LOOPBACK_ONLY } from "../../testing/harness.ts";
import { MailServer } from "../../testing/mail-server.ts";
import { chooseStore, STORES, type StoreChoice } from "../../testing/stores.ts";
import { Secret } from "../secret/secret.ts";
import type { Mailer } from "./mail.ts";

const DAY_MS = 86_400_000;
const API = "/api/mintmark/v1";

describe.each(STORES)("mail on %s", (name) => {
  let store: StoreChoice;
  let server: MailServer;
  let hub: Harness;
  /** The process dies when the mail server has taken a mail, before anything is recorded. */
  let diesAfterSending = false;

  beforeEach(async () => {
    store = await chooseStore(name);
    server = await MailServer.open({ password: "right" });
    const url = server.url.replace("//", "//hub:right@");
    const smtp = new SmtpMailer({
      url: new Secret(url),
      from: "hub@example.com",
      texts: new MailTexts(undefined),
    });
    const mail: Mailer = {
      send: async (content) => {
        const result = await smtp.send(content);
        if (diesAfterSending) {
          throw new Error("the process has died");
        }
        return result;
      },
    };
    const policy = { deliveryRetriesMs: [60_000] };
    hub = await createHarness({ openStore: store.openStore, outgoing: { ...LOOPBACK_ONLY, mail }, policy });
    await hub.addUser("ada", { email: "ada@example.com" });
    await hub.addUser("root", { role: "admin" });
    diesAfterSending = false;
  });

  afterEach(async () => {
    await hub.close();
    await server.kill();
    await store.remove();
  });

  const issue = (title: string, days: number) =>
    hub.issue("ada", "personal_token", { title, expiresAt: hub.clock.now() + days * DAY_MS });
  const work = async () => {
    await hub.hub.jobs.run("warn-of-ends");
    await hub.hub.jobs.run("send-mails");
  };
  const call = async (username: string, method: "GET" | "PATCH" | "POST", path: string, json?: unknown) => {
    const bearer = await hub.logIn(username);
    const reply = await hub.call({ method, url: `${API}${path}`, bearer, ...(json ? { json } : {}) });
    return { status: reply.statusCode, body: reply.json() };
  };

  // SMTP cannot be asked whether it took a mail, so the second one must be known as the first.
  test("a mail that was taken before the process died goes out again as it was, and what is new apart", async () => {
    await issue("first", 40);
    hub.clock.advance({ days: 11 });
    diesAfterSending = true;
    await work();
    diesAfterSending = false;
    await hub.restart();
    await issue("second", 1.4);
    hub.clock.advance({ hours: 13 });

    await work();
    await work();

    const [before, again, apart, ...more] = server.accepted;
    expect(again?.messageId).toBe(before?.messageId);
    expect(again?.subject).toBe(before?.subject);
    expect(again?.text).not.toContain("second");
    expect(apart?.text).toContain("second");
    expect(apart?.messageId).not.toBe(before?.messageId);
    expect(more).toEqual([]);
    await work();
    expect(server.accepted).toHaveLength(3);
  });

  describe("to a server that refuses the hub's password", () => {
    beforeEach(async () => {
      server.password = "another";
      await issue("first", 40);
      hub.clock.advance({ days: 11 });
      await work();
    });

    test("is told of by an event, and not tried for ever", async () => {
      const [event] = await hub.context.store.read.audit.list({ action: "mail.refuse", limit: 2 });
      expect(event?.details).toMatchObject({ misconfigured: true, warnings: 1 });
      expect(String(event?.details["line"])).toContain("535");
      for (let minute = 0; minute < 5; minute += 1) {
        hub.clock.advance({ minutes: 1 });
        await work();
      }
      expect(server.attempts).toBe(1);
    });

    test("is kept for everybody, and goes out once a test mail was taken", async () => {
      await hub.addUser("bob", { email: "bob@example.com" });
      await hub.issue("bob", "personal_token", { expiresAt: hub.clock.now() + 31 * DAY_MS });
      hub.clock.advance({ days: 2 });
      await work();
      expect(server.attempts).toBe(1);

      server.password = "right";
      await work();
      expect([server.attempts, server.accepted.length]).toEqual([1, 0]);
      await call("ada", "POST", "/notifications/test");
      await work();
      await work();
      expect(server.taken.map((line) => line.split(":")[0]).sort()).toEqual([
        "ada@example.com",
        "ada@example.com",
        "bob@example.com",
      ]);
      const texts = server.accepted.map(({ text }) => text ?? "");
      expect(texts.filter((text) => text.includes("first"))).toHaveLength(1);
    });

    test("is tried once by a process that starts, which may have another password", async () => {
      await hub.restart();
      await work();
      await work();
      expect([server.attempts, server.accepted.length]).toEqual([2, 0]);
      server.password = "right";
      await hub.restart();
      await work();
      await work();
      expect([server.attempts, server.accepted.length]).toEqual([3, 1]);
    });

    test("shows administrators the server's words, on every node and after a restart, until it is mended", async () => {
      await hub.restart();
      expect((await call("root", "GET", "/notifications")).body.mailProblem).toContain("535");
      expect((await call("ada", "GET", "/notifications")).body.mailProblem).toBeNull();

      server.password = "right";
      expect((await call("ada", "POST", "/notifications/test")).status).toBe(200);
      expect((await call("root", "GET", "/notifications")).body.mailProblem).toBeNull();
    });
  });

  test("people switch off mail about one kind of end or both, and events are written all the same", async () => {
    expect((await call("ada", "GET", "/notifications")).body).toMatchObject({ expiring: true, idle: true });
    expect((await call("ada", "PATCH", "/notifications", { expiring: false })).body).toMatchObject({
      expiring: false,
      idle: true,
    });
    expect((await call("ada", "PATCH", "/notifications", { mail: false })).status).toBe(400);
    await issue("first", 40);
    await hub.issue("ada", "offline_token");
    hub.clock.advance({ days: 16 });
    await work();

    expect(server.taken).toHaveLength(1);
    expect(server.taken[0]).toContain("offline token");
    const { audit } = hub.context.store.read;
    expect(await audit.list({ action: "credential.expiring", limit: 5 })).toHaveLength(1);
    const [event] = await audit.list({ action: "notification.update", limit: 5 });
    expect(event?.details).toEqual({
      before: { expiring: true, idle: true },
      after: { expiring: false, idle: true },
    });
  });
});
