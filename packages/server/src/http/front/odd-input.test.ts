import { afterAll, beforeAll, expect, test } from "vitest";
import { createHarness, type Harness } from "../../testing/harness.ts";
import { exchange, listenTwice, type TwoParsers } from "../../testing/two-parsers.ts";

let hub: Harness;
let ports: TwoParsers;
let secret: string;

beforeAll(async () => {
  hub = await createHarness();
  await hub.addUser("ada", { grants: ["repository:team/*:pull"] });
  ({ secret } = await hub.issue("ada", "personal_token", { scopes: ["repository:team/*:pull"] }));
  ports = await listenTwice(hub);
});

afterAll(async () => {
  ports.close();
  await hub.close();
});

/** Ends a connection that is still in order, and shows whether it is. */
const LAST = "GET /nowhere HTTP/1.1\r\nHost: hub\r\nConnection: close\r\n\r\n";
const GOOD = "Authorization: Bearer $SECRET\r\n";
const verify = (lines = "", line = "GET /verify HTTP/1.1"): string =>
  `${line}\r\nHost: hub\r\n${GOOD}${lines}\r\n`;
const post = (lines: string, body = "token=$SECRET", path = "/oauth/introspect"): string =>
  `POST ${path} HTTP/1.1\r\nHost: hub\r\nAuthorization: Bearer $SECRET\r\nContent-Type: application/x-www-form-urlencoded\r\n${lines}\r\n${body}`;
const FORM = "token=$SECRET";

/** What clients, scanners and attackers send; `$SECRET` stands for a good secret. */
const ODD: Readonly<Record<string, string>> = {
  "a usual request": verify(),
  "an unknown secret": "GET /verify HTTP/1.1\r\nHost: hub\r\nAuthorization: Bearer mmp_x\r\n\r\n",
  "no secret": "GET /verify HTTP/1.1\r\nHost: hub\r\n\r\n",
  "a scope that is missing": verify("", "GET /verify?scope=repository:other/x:push HTTP/1.1"),
  "a scope that is there": verify("", "GET /verify?scope=repository:team/x:pull HTTP/1.1"),
  "an empty query": verify("", "GET /verify? HTTP/1.1"),
  "a query with blanks": verify("", "GET /verify?scope=a b HTTP/1.1"),
  "a fragment": verify("", "GET /verify#x HTTP/1.1"),
  "quotes and brackets in the query": verify("", 'GET /verify?"<>[]^`{|} HTTP/1.1'),
  "a slash at the end": verify("", "GET /verify/ HTTP/1.1"),
  "a doubled slash": verify("", "GET //verify HTTP/1.1"),
  "a path in percent-encoding": verify("", "GET /%76erify HTTP/1.1"),
  "an absolute target": verify("", "GET http://hub/verify HTTP/1.1"),
  "an asterisk": verify("", "OPTIONS * HTTP/1.1"),
  "a tunnel": verify("", "CONNECT hub:443 HTTP/1.1"),
  "another method": verify("", "HEAD /verify HTTP/1.1"),
  "a method in lower case": verify("", "get /verify HTTP/1.1"),
  "an unknown method": verify("", "FETCH /verify HTTP/1.1"),
  "HTTP/1.0 with keep-alive": verify("Connection: keep-alive\r\n", "GET /verify HTTP/1.0"),
  "HTTP/1.2": verify("", "GET /verify HTTP/1.2"),
  "the preface of HTTP/2": "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
  "a greeting of TLS": "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
  "two blanks in the request line": verify("", "GET  /verify HTTP/1.1"),
  "a tab in the request line": verify("", "GET\t/verify HTTP/1.1"),
  "a blank at the end of the request line": verify("", "GET /verify HTTP/1.1 "),
  "empty lines first": `\r\n\r\n${verify()}`,
  "line feeds alone": verify().replaceAll("\r\n", "\n"),
  "a carriage return alone": verify("X-A: a\rX-B: b\r\n"),
  "a line feed inside": verify("X-A: a\nX-B: b\r\n"),
  "a NUL in a value": verify("X-A: a\0b\r\n"),
  "a DEL in a value": verify("X-A: a\x7fb\r\n"),
  "bytes above ASCII in a value": verify("X-A: \xe4\xf6\r\n"),
  "a tab in a value": verify("X-A: a\tb\r\n"),
  "blanks around a value": verify("X-A:   a  \r\n"),
  "a value without a blank before it": verify("X-A:a\r\n"),
  "an empty value": verify("X-A:\r\nX-B: \r\n"),
  "a blank before the colon": verify("X-A : a\r\n"),
  "a folded line": verify("X-A: a\r\n b\r\n"),
  "a line without a colon": verify("X-A\r\n"),
  "a name with a blank": verify("X A: a\r\n"),
  "a name of nothing": verify(": a\r\n"),
  "names that every object has": verify("__proto__: a\r\nconstructor: b\r\ntoString: c\r\n"),
  "no Host": `GET /verify HTTP/1.1\r\n${GOOD}\r\n`,
  "two Hosts": verify("Host: other\r\n"),
  "an empty Host": `GET /verify HTTP/1.1\r\nHost:\r\n${GOOD}\r\n`,
  "two Authorizations": verify("Authorization: Bearer other\r\n"),
  "two agents": verify("User-Agent: a\r\nUser-Agent: b\r\n"),
  "two cookies": verify("Cookie: a=1\r\nCookie: b=2\r\n"),
  "two forwarded addresses": verify("X-Forwarded-For: 192.0.2.1\r\nX-Forwarded-For: 192.0.2.2\r\n"),
  "Connection: keep-alive": verify("Connection: keep-alive\r\n"),
  "a connection that names a header": verify("Connection: authorization\r\n"),
  "an expectation": verify("Expect: 100-continue\r\n"),
  "an expectation nobody knows": verify("Expect: wonders\r\n"),
  "trailers announced": verify("TE: trailers\r\n"),
  "a GET with a length of none": verify("Content-Length: 0\r\n"),
  "a GET with a body": `${verify("Content-Length: 3\r\n")}abc`,
  "a GET in chunks": `${verify("Transfer-Encoding: chunked\r\n")}0\r\n\r\n`,
  "a page's origin": verify("Origin: https://other.example\r\n"),
  "a hundred headers": verify(Array.from({ length: 100 }, (_, at) => `X-${at}: a\r\n`).join("")),
  "a head of 20 KB": verify(`X-A: ${"a".repeat(20_000)}\r\n`),
  "a head of 70 KB": verify(`X-A: ${"a".repeat(70_000)}\r\n`),
  "a form": post("Content-Length: $LENGTH\r\n"),
  "a form without a length": post("", ""),
  "a form in chunks": post("Transfer-Encoding: chunked\r\n", `3d\r\n${"a".repeat(61)}\r\n0\r\n\r\n`),
  "a form with a length and chunks": post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"),
  "a form with chunks in disguise": post("Content-Length: 5\r\nTransfer-Encoding: xchunked\r\n", "0\r\n\r\n"),
  "chunks behind a tab": post("Content-Length: 5\r\nTransfer-Encoding:\tchunked\r\n", "0\r\n\r\n"),
  "chunks with a blank before the colon": post(
    "Content-Length: 5\r\nTransfer-Encoding : chunked\r\n",
    "0\r\n\r\n",
  ),
  "two equal lengths": post("Content-Length: $LENGTH\r\nContent-Length: $LENGTH\r\n"),
  "two lengths": post("Content-Length: 3\r\nContent-Length: $LENGTH\r\n"),
  "a list of lengths": post("Content-Length: 3, 3\r\n", "abc"),
  "a length with a sign": post("Content-Length: +3\r\n", "abc"),
  "a negative length": post("Content-Length: -3\r\n", "abc"),
  "a length in hexadecimal": post("Content-Length: 0x3\r\n", "abc"),
  "a length with a zero in front": post("Content-Length: 03\r\n", "abc"),
  "a length beyond all numbers": post("Content-Length: 99999999999999999999999\r\n", "abc"),
  "a length that ends too soon": post("Content-Length: 3\r\n"),
  "a form of another type": post("Content-Length: 2\r\nContent-Language: en\r\n", "{}"),
  "a form with bytes above ASCII": post("Content-Length: 9\r\n", "token=\xe4\xff\x80"),
  "a long form": post("Content-Length: 20006\r\n", `token=${"a".repeat(20_000)}`),
  "an unknown path": post("Content-Length: 3\r\n", "a=b", "/oauth/nowhere"),
  "a realm's form": post(
    "Content-Length: $LENGTH\r\n",
    FORM,
    "/auth/realms/redhat-external/protocol/openid-connect/token",
  ),
};

/** Requests behind whose answers the connection ends. */
const CLOSING: Readonly<Record<string, string>> = {
  "HTTP/1.0": verify("", "GET /verify HTTP/1.0"),
  "HTTP/0.9": "GET /verify\r\n\r\n",
  "HTTP/2": verify("", "GET /verify HTTP/2.0"),
  "Connection: close": verify("Connection: close\r\n"),
  "Connection: Keep-Alive, close": verify("Connection: Keep-Alive, close\r\n"),
};

/** Requests that are not whole when the client closes its side, or whose end Node cannot tell. */
const UNFINISHED: Readonly<Record<string, string>> = {
  "an upgrade": verify("Connection: Upgrade\r\nUpgrade: websocket\r\n"),
  nothing: "",
  "half a request line": "GET /ver",
  "half a head": "GET /verify HTTP/1.1\r\nHost: hub\r\nAuthoriz",
  "a head without its last line": "GET /verify HTTP/1.1\r\nHost: hub\r\n",
  "half a form": "POST /oauth/introspect HTTP/1.1\r\nHost: hub\r\nContent-Length: 50\r\n\r\ntoken=",
};

function filled(text: string): string {
  const length = FORM.replace("$SECRET", secret).length;
  return text.replaceAll("$SECRET", secret).replaceAll("$LENGTH", String(length));
}

test.each([
  ...Object.entries(ODD).map(([name, text]) => [name, text + LAST] as const),
  ...Object.entries(CLOSING),
])("%s is answered as Node's own parser has it answered", async (_name, text) => {
  const sent = filled(text);
  // Alone, behind a usual request that the front has answered, and cut in the middle.
  for (const parts of [[sent], [filled(verify()) + sent], cut(sent)]) {
    const [answered, expected] = [await exchange(ports.front, parts), await exchange(ports.node, parts)];
    expect(answersIn(answered)).toEqual(answersIn(expected));
  }
});

/**
 * Where the parser refuses, the shape of the refusal follows the packet's first line, so only its being
 * refused is compared.
 */
function answersIn(text: string): readonly string[] {
  return text.split(/(?=HTTP\/1\.1 \d{3} )/).map((answer) => (isBroken(answer) ? "broken" : answer));
}

function isBroken(answer: string): boolean {
  return /cannot be parsed|header line of the request is broken/.test(answer);
}

test.each(Object.entries(UNFINISHED))("%s ends as with Node's own parser", async (_name, text) => {
  for (const sent of [filled(text), filled(verify() + text)]) {
    const options = { halfCloses: true };
    const [answered, expected] = [
      await exchange(ports.front, [sent], options),
      await exchange(ports.node, [sent], options),
    ];
    expect(answersIn(answered)).toEqual(answersIn(expected));
  }
});

function cut(text: string): readonly string[] {
  const at = Math.floor(text.length / 2);
  return [text.slice(0, at), text.slice(at)];
}
