import { createServer, type IncomingMessage } from "node:http";
import { type AddressInfo, connect } from "node:net";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type FrontRequest, readRequest } from "./head.ts";

const RUNS = 1_500;
const BODY_BYTES_MAX = 100;

interface Read {
  readonly method: string;
  readonly url: string;
  readonly headers: unknown;
  /** Null until it has been read. */
  body: string | null;
}

/** What Node's parser has read of the connection at hand. */
let read: Read[] = [];
const node = createServer({ requireHostHeader: true }, (request, response) => {
  const { method = "", url = "", headers } = request;
  // Bodies come to their ends later: the place is taken now.
  const one: Read = { method, url, headers: { ...headers }, body: null };
  read.push(one);
  void bodyOf(request).then((body) => {
    one.body = body;
    response.end();
  });
});
node.on("clientError", (_error, socket) => socket.destroy());

beforeAll(async () => {
  await new Promise<void>((resolve) => {
    node.listen(0, "127.0.0.1", () => resolve());
  });
});

afterAll(() => {
  node.close();
});

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of request) {
      chunks.push(chunk as Buffer);
    }
  } catch {
    // The client is gone before the end of its request.
  }
  return Buffer.concat(chunks).toString("latin1");
}

const ODD_PIECES = [
  "\r",
  "\n",
  "\r\n",
  " ",
  "\t",
  "\0",
  ":",
  ",",
  "\x7f",
  "\x80",
  "\xff",
  "0",
  "3",
  "a",
  "chunked",
];
const LINES = [
  "Host: hub\r\n",
  "host:hub\r\n",
  "Authorization: Bearer a\r\n",
  "Content-Length: 3\r\n",
  "Content-Length: 0\r\n",
  "content-length:12\r\n",
  "Transfer-Encoding: chunked\r\n",
  "Transfer-Encoding : chunked\r\n",
  "Connection: keep-alive\r\n",
  "Connection: close\r\n",
  "X-A: a b  c\r\n",
  "X-A:\r\n",
  "X-B: \t d\r\n",
  "X-C: d \r\n",
  "__proto__: a\r\n",
  " folded\r\n",
  "Upgrade: websocket\r\n",
  "Expect: 100-continue\r\n",
];
const HARMLESS = ["Authorization: Bearer a\r\n", "X-A: a b  c\r\n", "x-b:\r\n", "Connection: keep-alive\r\n"];
const TARGETS = ["/verify", "/verify?scope=a:b:c", "/a%00b", "/a#b", "http://hub/verify", "/a b", "*"];

const usual = fc
  .record({
    target: fc.constantFrom("/verify", "/verify?scope=a:b:c"),
    lines: fc.array(fc.constantFrom(...HARMLESS), { maxLength: 4 }),
    body: fc.constantFrom("", "", "abc", "GET / HTTP/1.1\r\n\r\n"),
  })
  .map(({ target, lines, body }) => {
    const head = `${target} HTTP/1.1\r\nHost: hub\r\n${[...new Set(lines)].join("")}`;
    return body === "" ? `GET ${head}\r\n` : `POST ${head}Content-Length: ${body.length}\r\n\r\n${body}`;
  });
const odd = fc
  .record({
    method: fc.constantFrom("GET", "GET", "POST", "POST", "HEAD", "get"),
    target: fc.constantFrom(...TARGETS),
    version: fc.constantFrom("HTTP/1.1", "HTTP/1.1", "HTTP/1.1", "HTTP/1.0"),
    host: fc.constantFrom("Host: hub\r\n", "Host: hub\r\n", ""),
    lines: fc.array(fc.constantFrom(...LINES), { maxLength: 4 }),
    body: fc.constantFrom("", "abc", "0\r\n\r\n", "GET / HTTP/1.1"),
  })
  .map(
    ({ method, target, version, host, lines, body }) =>
      `${method} ${target} ${version}\r\n${host}${lines.join("")}\r\n${body}`,
  );
/** Requests one behind another, with an odd piece put somewhere. */
const sent = fc
  .record({
    requests: fc.array(fc.oneof(usual, usual, odd), { minLength: 1, maxLength: 3 }),
    piece: fc.constantFrom("", "", ...ODD_PIECES),
    place: fc.nat(300),
  })
  .map(({ requests, piece, place }) => {
    const text = requests.join("");
    return text.slice(0, place) + piece + text.slice(place);
  });

test("what the front reads is what Node's own parser reads, byte for byte", async () => {
  let readByFront = 0;
  await fc.assert(
    fc.asyncProperty(sent, async (text) => {
      const ours = requestsIn(text);
      readByFront += ours.length;
      const theirs = ours.length === 0 ? [] : await readByNode(text, ours.length);
      // Node may read more: what the front leaves to it.
      expect(theirs.slice(0, ours.length)).toEqual(ours);
    }),
    { numRuns: RUNS },
  );
  expect(readByFront).toBeGreaterThan(RUNS / 10);
});

/** The requests that the front answers before it hands the connection over. */
function requestsIn(text: string): readonly Read[] {
  const found: Read[] = [];
  let next: FrontRequest | null = null;
  let at = 0;
  do {
    next = readRequest(text, at, BODY_BYTES_MAX);
    if (next) {
      const { method, url, headers, body } = next;
      found.push({ method, url, headers: { ...headers }, body: body.toString("latin1") });
      at = next.end;
    }
  } while (next);
  return found;
}

/** Lets Node read until it has read so many requests, or has closed the connection. */
async function readByNode(text: string, count: number): Promise<readonly Read[]> {
  read = [];
  const socket = connect((node.address() as AddressInfo).port, "127.0.0.1");
  await new Promise<void>((resolve) => {
    const look = (): void => {
      if (read.length >= count && read.slice(0, count).every(({ body }) => body !== null)) {
        resolve();
      }
    };
    socket
      .on("data", look)
      .once("close", resolve)
      .once("error", () => resolve());
    socket.write(text, "latin1");
  });
  socket.destroy();
  return read;
}
