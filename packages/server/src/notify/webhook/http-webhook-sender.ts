import type { SendResult, WebhookSender } from "../../core/webhook/ports.ts";
import { AddressNotAllowedError, type OutboundClient } from "../../outbound/http-client.ts";

/** Sends webhooks by HTTP through the guarded client. */
export class HttpWebhookSender implements WebhookSender {
  readonly #client: OutboundClient;

  constructor(client: OutboundClient) {
    this.#client = client;
  }

  async judge(url: string): Promise<"allowed" | "address_not_allowed" | "malformed"> {
    try {
      return (await this.#client.judge(url)) === null ? "malformed" : "allowed";
    } catch (error) {
      return error instanceof AddressNotAllowedError ? "address_not_allowed" : "allowed";
    }
  }

  async send(message: Parameters<WebhookSender["send"]>[0]): Promise<SendResult> {
    const { url, headers, body, signal } = message;
    try {
      const answer = await this.#client.post(url, {
        headers: { "user-agent": "Mintmark", ...headers },
        body,
        signal,
      });
      const retryAfterMs = readRetryAfter(answer.headers["retry-after"]);
      return { status: answer.status, retryAfterMs, problem: null };
    } catch (error) {
      return { status: null, retryAfterMs: null, problem: problemOf(error) };
    }
  }
}

/** RFC 9110 §10.2.3: seconds, or a date. */
function readRetryAfter(header: string | undefined): number | null {
  if (header === undefined) {
    return null;
  }
  const ms = /^[0-9]{1,9}$/.test(header) ? Number(header) * 1000 : Date.parse(header) - Date.now();
  return Number.isFinite(ms) && ms > 0 ? ms : null;
}

/** The error's kind alone: its message may hold the URL, which may hold a secret. */
function problemOf(error: unknown): string {
  if (error instanceof AddressNotAllowedError) {
    return error.message;
  }
  const { code, name } = error as { code?: unknown; name?: unknown };
  return typeof code === "string" ? code : typeof name === "string" ? name : "unknown";
}
