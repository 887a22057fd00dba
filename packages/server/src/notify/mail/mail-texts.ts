import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { MailContent, WarnedCredential } from "../../core/mail/mail.ts";
import { escapeHtml, fillTemplate, plain, type TemplateValues } from "./template.ts";

const OWN_FOLDER = fileURLToPath(new URL("../../../templates/mail/", import.meta.url));
const NAMES = ["warnings", "test"] as const;
const DAY_MS = 86_400_000;

export interface MailText {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

/**
 * The words of mails. Each template is two files: `<name>.txt`, whose first line is the subject, and
 * `<name>.html`. A file in the operator's folder replaces the built-in file of the same name.
 */
export class MailTexts {
  readonly #files = new Map<string, string>();

  /** Reads all templates. Throws when the operator's folder does not exist or a file cannot be read. */
  constructor(folder: string | undefined) {
    if (folder !== undefined && !existsSync(folder)) {
      throw new Error(`MINTMARK_MAIL_TEMPLATES names a folder that does not exist: ${folder}`);
    }
    for (const file of NAMES.flatMap((name) => [`${name}.txt`, `${name}.html`])) {
      const given = folder === undefined ? null : join(folder, file);
      const path = given !== null && existsSync(given) ? given : join(OWN_FOLDER, file);
      this.#files.set(file, readFileSync(path, "utf8"));
    }
  }

  write(content: MailContent): MailText {
    const values = valuesOf(content);
    const text = fillTemplate(this.#file(`${content.template}.txt`), values, plain);
    const [subject = "", ...rest] = text.split("\n");
    return {
      subject: subject.replace(/^Subject:\s*/i, "").trim(),
      text: `${rest.join("\n").trim()}\n`,
      html: fillTemplate(this.#file(`${content.template}.html`), values, escapeHtml),
    };
  }

  #file(name: string): string {
    return this.#files.get(name) ?? "";
  }
}

function valuesOf(content: MailContent): TemplateValues {
  if (content.template === "test") {
    return { recipient: content.recipient, link: content.link };
  }
  const { recipient, items, now } = content;
  const sorted = [...items].sort((a, b) => a.deadline - b.deadline);
  return {
    recipient,
    count: String(items.length),
    one: items.length === 1,
    many: items.length > 1,
    first: sorted[0] ? day(sorted[0].deadline) : "",
    items: sorted.map((item) => itemValues(item, recipient, now)),
  };
}

function itemValues(item: WarnedCredential, recipient: string, now: number): TemplateValues {
  const { kind, title, hint, owner, cause, deadline, lastUse, link } = item;
  return {
    kind,
    title: title ?? "without a title",
    hint,
    owner,
    isOthers: owner !== recipient,
    idle: cause === "idle",
    fixed: cause === "expiring",
    deadline: minute(deadline),
    left: deadline <= now ? "it has passed" : `in ${spanOf(deadline - now)}`,
    lastUse: lastUse ? `${minute(lastUse.at)}${lastUse.address ? ` from ${lastUse.address}` : ""}` : "never",
    link,
  };
}

function day(at: number): string {
  return new Date(at).toISOString().slice(0, 10);
}

function minute(at: number): string {
  return `${new Date(at).toISOString().slice(0, 16).replace("T", " ")} UTC`;
}

function spanOf(ms: number): string {
  const days = Math.floor(ms / DAY_MS);
  const hours = Math.floor(ms / 3_600_000);
  const [count, unit] =
    days > 0 ? [days, "day"] : hours > 0 ? [hours, "hour"] : [Math.ceil(ms / 60_000), "minute"];
  return `${count} ${unit}${count === 1 ? "" : "s"}`;
}
