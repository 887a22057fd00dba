import { createTransport, type Transporter } from "nodemailer";
import type { Mail, Mailer, MailResult } from "../../core/mail/mail.ts";
import type { Secret } from "../../core/secret/secret.ts";
import type { MailTexts } from "./mail-texts.ts";

/** For each step of the exchange with the mail server. */
const STEP_TIMEOUT_MS = 10_000;
const LINE_MAX = 500;

interface SmtpError {
  readonly code?: string;
  readonly responseCode?: number;
  readonly response?: string;
  readonly message: string;
}

/** Hands mails to the server of an `smtp://` or `smtps://` URL, as nodemailer reads it. */
export class SmtpMailer implements Mailer {
  readonly #transport: Transporter;
  readonly #from: string;
  readonly #texts: MailTexts;

  constructor(options: {
    readonly url: Secret;
    readonly from: string;
    readonly texts: MailTexts;
    readonly stepTimeoutMs?: number;
  }) {
    const timeoutMs = options.stepTimeoutMs ?? STEP_TIMEOUT_MS;
    this.#from = options.from;
    this.#texts = options.texts;
    this.#transport = createTransport({
      url: options.url.reveal(),
      connectionTimeout: timeoutMs,
      greetingTimeout: timeoutMs,
      socketTimeout: timeoutMs,
      // Mails hold text alone; nothing in them makes nodemailer read a file or call a URL.
      disableFileAccess: true,
      disableUrlAccess: true,
    });
  }

  async send({ to, id, content }: Mail): Promise<MailResult> {
    try {
      const info = (await this.#transport.sendMail({
        from: this.#from,
        // An object, so that an address list in the field is one address and nothing else.
        to: { name: "", address: to },
        messageId: `<${id}@mintmark>`,
        headers: { "Auto-Submitted": "auto-generated" },
        ...this.#texts.write(content),
      })) as { readonly response?: string };
      return { outcome: "accepted", line: cut(info.response ?? "") };
    } catch (error) {
      return readFailure(error as SmtpError);
    }
  }
}

function readFailure({ code, responseCode, response, message }: SmtpError): MailResult {
  const isForGood = responseCode !== undefined && responseCode >= 500;
  return {
    outcome: isForGood ? "refused" : "later",
    line: cut(response ?? code ?? message),
    ...(isForGood && code === "EAUTH" ? { isMisconfigured: true } : {}),
  };
}

function cut(line: string): string {
  return line.replace(/[^\x20-\x7e]+/g, " ").slice(0, LINE_MAX);
}
