import { STATUS_CODES } from "node:http";
import { asReasonPhrase } from "../pipeline.ts";
import type { QuickReply } from "../quick-answer.ts";

/** What Node allows in a header (RFC 9110 §5.5): a value with a line break would begin another header. */
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

let second = { at: 0, text: "" };

/** Headers as lines. Throws for a value that no header can hold, as Node does. */
export function renderHeaders(headers: readonly string[]): string {
  let lines = "";
  for (let at = 0; at < headers.length; at += 2) {
    const value = headers[at + 1] ?? "";
    if (!VALUE.test(value)) {
      throw new TypeError(`the value of ${headers[at]} cannot stand in a header`);
    }
    lines += `${headers[at]}: ${value}\r\n`;
  }
  return lines;
}

/**
 * A whole answer as Node writes it, in latin1: one character for each byte. `common` are the lines of the
 * headers that every answer carries.
 */
export function renderReply(common: string, reply: QuickReply, keepAliveSeconds: number | null): string {
  const { status, reason, headers, text } = reply;
  const phrase = reason === undefined ? STATUS_CODES[status] : asReasonPhrase(reason);
  const connection =
    keepAliveSeconds === null
      ? "Connection: close"
      : `Connection: keep-alive\r\nKeep-Alive: timeout=${keepAliveSeconds}`;
  const head = `HTTP/1.1 ${status} ${phrase}\r\n${common}${renderHeaders(headers)}Date: ${date()}\r\n${connection}\r\n\r\n`;
  return text === "" ? head : head + Buffer.from(text).toString("latin1");
}

/** The date changes once a second. */
function date(): string {
  const now = Date.now();
  const at = now - (now % 1_000);
  if (at !== second.at) {
    second = { at, text: new Date(at).toUTCString() };
  }
  return second.text;
}
