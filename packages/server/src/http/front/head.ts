import type { IncomingHttpHeaders } from "node:http";

/** A request of the usual form that has been received as a whole. */
export interface FrontRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** Where the request ends in the text. */
  readonly end: number;
}

const HEAD_BYTES_MAX = 8_192;
const EMPTY = Buffer.alloc(0);

const REQUEST_LINE = /(GET|POST) (\/[A-Za-z0-9\-._~!$&'()*+,;=:@/?%]*) HTTP\/1\.1\r\n/y;
/**
 * All header lines and the empty one behind them. Values are printable ASCII without blanks at their ends,
 * behind a colon and at most one blank.
 */
const HEADER_LINES =
  /(?:[A-Za-z0-9!#$%&'*+.^_`|~-]+: ?(?:[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?)?\r\n){1,63}\r\n/y;
const LENGTH = /^[1-9][0-9]{0,5}$/;

/**
 * Headers that change where a request ends or what becomes of its connection, and the one that Node gives as
 * a list.
 */
const LEFT_TO_NODE: ReadonlySet<string> = new Set([
  "transfer-encoding",
  "upgrade",
  "expect",
  "te",
  "trailer",
  "keep-alive",
  "proxy-connection",
  "http2-settings",
  "set-cookie",
]);

/**
 * Reads the request that begins at `at`, or null if it is of any other than the usual form or has not been
 * received as a whole. The usual form is a strict subset of RFC 9112, in which nobody can be in doubt where a
 * request ends: a GET without a body, or a POST with one `Content-Length`; each header once; a `Host`; only
 * printable ASCII, and every line ends with CRLF. Everything else is left to Node's own parser.
 */
export function readRequest(text: string, at: number, bodyBytesMax: number): FrontRequest | null {
  REQUEST_LINE.lastIndex = at;
  const line = REQUEST_LINE.exec(text);
  if (line === null) {
    return null;
  }
  const [, method = "", url = ""] = line;
  const headers: IncomingHttpHeaders = {};
  const bodyAt = readHeaders(text, REQUEST_LINE.lastIndex, headers);
  if (bodyAt === null || bodyAt - at > HEAD_BYTES_MAX || headers.host === undefined) {
    return null;
  }
  const length = headers["content-length"];
  if (method === "GET") {
    return length === undefined ? { method, url, headers, body: EMPTY, end: bodyAt } : null;
  }
  const end = bodyAt + (length !== undefined && LENGTH.test(length) ? Number(length) : Number.NaN);
  return end <= text.length && end - bodyAt <= bodyBytesMax
    ? { method, url, headers, body: Buffer.from(text.slice(bodyAt, end), "latin1"), end }
    : null;
}

/** Fills in the headers; returns where the head ends, or null if it is not of the usual form. */
function readHeaders(text: string, at: number, headers: IncomingHttpHeaders): number | null {
  HEADER_LINES.lastIndex = at;
  if (!HEADER_LINES.test(text)) {
    return null;
  }
  const end = HEADER_LINES.lastIndex;
  let here = at;
  while (here < end - 2) {
    const colon = text.indexOf(":", here);
    const lineEnd = text.indexOf("\r", colon);
    const name = text.slice(here, colon).toLowerCase();
    const value = text.slice(text[colon + 1] === " " ? colon + 2 : colon + 1, lineEnd);
    // A repeated name, and one that every object has (`constructor`), is found here.
    if (headers[name] !== undefined || LEFT_TO_NODE.has(name) || closes(name, value)) {
      return null;
    }
    headers[name] = value;
    here = lineEnd + 2;
  }
  return end;
}

function closes(name: string, value: string): boolean {
  return name === "connection" && value.toLowerCase() !== "keep-alive";
}
