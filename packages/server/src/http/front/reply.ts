import { STATUS_CODES } from "node:http";
import { CREDENTIAL_EXPIRES } from "../credential-end.ts";
import type { WireReply } from "../dialect.ts";
import { asReasonPhrase } from "../pipeline.ts";
import { type QuickReply, renderQuickly } from "../quick-answer.ts";

/** What Node allows in a header (RFC 9110 §5.5): a value with a line break would begin another header. */
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

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

/** The text of a reply in latin1: one character for each byte. */
class ReplyText {
  readonly common: string;
  /** The status line and the headers that do not depend on the request. */
  readonly start: string;
  readonly body: string;

  constructor(common: string, reply: WireReply) {
    const { headers, text } = renderQuickly(reply);
    const phrase = reply.reason === undefined ? STATUS_CODES[reply.status] : asReasonPhrase(reply.reason);
    this.common = common;
    this.start = `HTTP/1.1 ${reply.status} ${phrase}\r\n${common}${renderHeaders(headers)}`;
    this.body = bytesOf(text);
  }
}

/**
 * A whole answer as Node writes it, in latin1: one character for each byte. `common` are the lines of the
 * headers that every answer carries.
 */
export function renderReply(
  common: string,
  { reply, requestId, expires }: QuickReply,
  keepAliveSeconds: number | null,
): string {
  const { start, body } = textOf(reply, common);
  const ends = expires === null ? "" : `${CREDENTIAL_EXPIRES}: ${expires}\r\n`;
  return `${start}x-request-id: ${requestId}\r\n${ends}${endOfHead(keepAliveSeconds)}${body}`;
}

function textOf(reply: WireReply, common: string): ReplyText {
  const { kept } = reply;
  if (kept?.text instanceof ReplyText && kept.text.common === common) {
    return kept.text;
  }
  const text = new ReplyText(common, reply);
  if (kept) {
    kept.text = text;
  }
  return text;
}

let lastEnd = { second: 0, keepAliveSeconds: null as number | null, text: "" };

/** The lines that are the same for all answers of one second, and the end of the head. */
function endOfHead(keepAliveSeconds: number | null): string {
  const now = Date.now();
  const second = now - (now % 1_000);
  if (second !== lastEnd.second || keepAliveSeconds !== lastEnd.keepAliveSeconds) {
    const connection =
      keepAliveSeconds === null
        ? "Connection: close"
        : `Connection: keep-alive\r\nKeep-Alive: timeout=${keepAliveSeconds}`;
    const text = `Date: ${new Date(second).toUTCString()}\r\n${connection}\r\n\r\n`;
    lastEnd = { second, keepAliveSeconds, text };
  }
  return lastEnd.text;
}

/** The text in UTF-8, one character for each byte. Text of ASCII alone is that already. */
function bytesOf(text: string): string {
  return Buffer.byteLength(text) === text.length ? text : Buffer.from(text).toString("latin1");
}
