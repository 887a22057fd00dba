import { STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import type { FastifyBaseLogger } from "fastify";
import { HubError } from "../core/errors.ts";
import { blankNotes } from "./answer-note.ts";
import type { Dialect, WireReply } from "./dialect.ts";
import { blot } from "./logging.ts";
import { asReasonPhrase, bodyOf } from "./pipeline.ts";
import type { Refusals } from "./refusals.ts";

/**
 * What Node's parser reports; `rawPacket` holds the bytes that it could not read, and often the request line
 * in front of them.
 */
interface ParserError extends Error {
  readonly code?: string;
  readonly rawPacket?: unknown;
}

const REQUEST_LINE = /^([A-Z]{1,20}) (\/[^ \r\n]{0,2000})[ \r\n]/;
const LINE_BYTES_MAX = 2_100;

/**
 * Answers what never became a request: a header block that is too large, a line that cannot be parsed, a
 * request that did not arrive in time. The answer has the shape of the system whose prefix the request line
 * bears (where the line was in the bytes that the parser gives back, else the hub's own), and one line of the
 * log tells it with the address.
 */
export function parserErrors(options: {
  readonly dialectOf: (url: string) => Dialect;
  readonly refusals: Refusals;
  readonly log: FastifyBaseLogger;
  readonly headers: Readonly<Record<string, string>>;
  requestId(): string;
}): (error: ParserError, socket: Socket) => void {
  return (error, socket) => {
    if (error.code === "ECONNRESET" || !socket.writable) {
      socket.destroy();
      return;
    }
    const { rawPacket } = error;
    const head = Buffer.isBuffer(rawPacket) ? rawPacket.subarray(0, LINE_BYTES_MAX).toString("latin1") : "";
    const [, method = "GET", url = "/"] = REQUEST_LINE.exec(head) ?? [];
    const id = options.requestId();
    const notes = blankNotes("none", false);
    const refusal = refusalFor(error);
    const reply = options.refusals.of(
      options.dialectOf(url),
      refusal,
      { id, method, url, headers: {} },
      notes,
    );
    options.log.info(
      {
        reqId: id,
        dialect: notes.dialect,
        method,
        url: blot(url),
        status: reply.status,
        address: socket.remoteAddress ?? null,
        refusal: refusal.code,
        detail: refusal.detail,
      },
      "answered",
    );
    socket.end(writeRaw(reply, { ...options.headers, "x-request-id": id }, method));
  };
}

function refusalFor({ code }: ParserError): HubError {
  const detail = code ?? "unknown parser error";
  switch (code) {
    case "HPE_HEADER_OVERFLOW":
      return new HubError("headers_too_large", { detail });
    case "ERR_HTTP_REQUEST_TIMEOUT":
      return new HubError("request_timeout", { detail });
    case "HPE_INVALID_HEADER_TOKEN":
    case "HPE_LF_EXPECTED":
    case "HPE_CR_EXPECTED":
      return new HubError("malformed_request", {
        detail,
        explanation:
          "A header line of the request is broken. If it holds base64, that was wrapped at 76 columns: use base64 -w0.",
      });
    default:
      return new HubError("malformed_request", {
        detail,
        explanation: "The request line or a header of the request cannot be parsed.",
      });
  }
}

function writeRaw(reply: WireReply, common: Readonly<Record<string, string>>, method: string): string {
  const { body, contentType } = bodyOf(reply);
  const text = typeof body === "string" ? body : "";
  const reason =
    reply.reason === undefined ? (STATUS_CODES[reply.status] ?? "") : asReasonPhrase(reply.reason);
  const headers = {
    ...common,
    ...reply.headers,
    "cache-control": "no-store",
    ...(contentType === null ? {} : { "content-type": contentType }),
    "content-length": String(Buffer.byteLength(text)),
    connection: "close",
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${String(value)}`);
  return `HTTP/1.1 ${reply.status} ${reason}\r\n${lines.join("\r\n")}\r\n\r\n${method === "HEAD" ? "" : text}`;
}
