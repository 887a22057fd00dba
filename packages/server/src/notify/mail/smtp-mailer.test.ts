import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { MailContent, WarnedCredential } from "../../core/mail/mail.ts";
import { Secret } from "../../core/secret/secret.ts";
import { MailServer } from "../../testing/mail-server.ts";
import { MailTexts } from "./mail-texts.ts";
import { SmtpMailer } from "./smtp-mailer.ts";

const NOW = Date.UTC(2025, 0, 8, 12);
const DAY_MS = 86_400_000;
const ITEM: WarnedCredential = {
  kind: "offline token",
  title: "ci",
  hint: "mmo_…x7Qp",
  owner: "ada",
  cause: "idle",
  deadline: NOW + 3 * DAY_MS,
  lastUse: { at: NOW - 27 * DAY_MS, address: "192.0.2.9" },
  link: "http://hub.test/overview/1",
};
const warnings = (...items: readonly WarnedCredential[]): MailContent => ({
  template: "warnings",
  now: NOW,
  recipient: "ada",
  items,
});

describe("mail", () => {
  let server: MailServer;

  beforeEach(async () => {
    server = await MailServer.open();
  });

  afterEach(() => server.kill());

  const mailer = (stepTimeoutMs = 5_000) =>
    new SmtpMailer({
      url: new Secret(server.url),
      from: "Mintmark <hub@example.com>",
      texts: new MailTexts(undefined),
      stepTimeoutMs,
    });
  const send = (content: MailContent = warnings(ITEM), by = mailer()) =>
    by.send({ to: "ada@example.com", id: "0123", content });

  test("says what ends, when, when it was used last and where to look, as text and as HTML", async () => {
    const { outcome, line } = await send();

    const [mail] = server.accepted;
    expect([outcome, line]).toEqual(["accepted", expect.stringMatching(/^250 /)]);
    expect(mail).toMatchObject({
      subject: "Your offline token mmo_…x7Qp expires on 2025-01-11 12:00 UTC",
      messageId: "<0123@mintmark>",
      from: { text: '"Mintmark" <hub@example.com>' },
      to: { text: "ada@example.com" },
    });
    for (const text of [mail?.text, String(mail?.html)]) {
      for (const part of ["ci", "mmo_…x7Qp", "2025-01-11 12:00 UTC", "in 3 days", "192.0.2.9"]) {
        expect(text).toContain(part);
      }
      expect(text).toContain("http://hub.test/overview/1");
    }
  });

  test("names all credentials in one mail, the nearest end first, and the owner of somebody else's", async () => {
    await send(
      warnings(
        ITEM,
        { ...ITEM, title: "later", deadline: NOW + 9 * DAY_MS },
        { ...ITEM, owner: "bot", title: null, cause: "expiring", deadline: NOW + DAY_MS },
      ),
    );

    const [mail] = server.accepted;
    expect(mail?.subject).toBe("3 credentials expire soon, the first on 2025-01-09");
    const places = ["without a title (offline token, mmo_…x7Qp) of bot", "* ci", "* later"].map((part) =>
      mail?.text?.indexOf(part),
    );
    expect(places).toEqual([...places].sort((a, b) => Number(a) - Number(b)));
    expect(places).not.toContain(-1);
  });

  // A title is written by a user and read by an administrator.
  test("shows a hostile title as text: no markup, no header, no template", async () => {
    const title = "<img src=x onerror=alert(1)> {{recipient}}\r\nBcc: eve@example.com";
    await send(warnings({ ...ITEM, title, kind: "token\r\nBcc: eve@example.com" }));

    const [mail] = server.accepted;
    expect(mail?.bcc).toBeUndefined();
    expect(String(mail?.html)).toContain("&lt;img src=x");
    expect(String(mail?.html)).not.toContain("<img");
    expect(mail?.text).toContain("{{recipient}}");
  });

  test.for([
    [{ status: 452, line: "try later" }, "later", "452"],
    [{ status: 421, line: "shutting down" }, "later", "421"],
    [{ status: 550, line: "no such user" }, "refused", "550"],
    [{ status: 554, line: "spam" }, "refused", "554"],
  ] as const)("%o counts as %s", async ([treatment, outcome, status]) => {
    server.treatments.push(treatment);

    expect(await send()).toEqual({ outcome, line: expect.stringContaining(status) });
    expect(server.accepted).toEqual([]);
  });

  test("a connection cut in the middle, a server that says nothing and one that is gone mean: later", async () => {
    server.treatments.push("cut", "stall");
    expect(await send()).toMatchObject({ outcome: "later" });
    expect(await send(warnings(ITEM), mailer(200))).toMatchObject({ outcome: "later" });
    await server.kill();
    expect(await send()).toMatchObject({ outcome: "later" });
    await server.listen();
  });

  test("an operator's template takes the place of the built-in one, file by file", async () => {
    const folder = mkdtempSync(join(tmpdir(), "mintmark-templates-"));
    writeFileSync(join(folder, "test.txt"), "Subject: Hallo {{recipient}}\n\nEs geht: {{link}}\n");
    const texts = new MailTexts(folder);
    rmSync(folder, { recursive: true });

    const text = texts.write({ template: "test", recipient: "ada", link: "http://hub.test/" });
    expect(text).toMatchObject({ subject: "Hallo ada", text: "Es geht: http://hub.test/\n" });
    expect(text.html).toContain("reaches this address");
    expect(() => new MailTexts(folder)).toThrow(/MINTMARK_MAIL_TEMPLATES/);
  });
});
