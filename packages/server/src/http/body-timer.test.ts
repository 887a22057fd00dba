import { createServer, type Server } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, expect, test } from "vitest";
import { leaveTimeFor, timeBodies } from "./body-timer.ts";

const TIMEOUT_MS = 100;
let server: Server;

beforeEach(async () => {
  server = createServer(async (request, response) => {
    if (request.url === "/upload") {
      leaveTimeFor(request);
    }
    const body = await text(request).catch(() => "broken");
    response.end(body);
  });
  server.on("clientError", (error: Error & { code?: string }, socket) => {
    socket.end(error.code === "ERR_HTTP_REQUEST_TIMEOUT" ? "HTTP/1.1 408 Request Timeout\r\n\r\n" : "");
  });
  timeBodies(server, TIMEOUT_MS);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});

afterEach(() => {
  server.closeAllConnections();
  server.close();
});

/** Sends the beginning of a body, and the rest once `wait` is over. */
async function send(path: string, wait: Promise<unknown>): Promise<string> {
  const socket = connect((server.address() as AddressInfo).port, "127.0.0.1");
  socket.write(`POST ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 4\r\n\r\nab`);
  void wait.then(() => socket.write("cd"));
  return text(socket);
}

// One byte of a thousand, and then nothing: such a request once held its connection for five minutes.
test("a body that does not arrive ends its connection", async () => {
  expect(await send("/json", new Promise(() => undefined))).toContain("408");
});

test("an upload has all the time that the server gives", async () => {
  const later = new Promise((resolve) => setTimeout(resolve, TIMEOUT_MS * 3));

  expect(await send("/upload", later)).toContain("abcd");
});

test("a connection that goes on after a quick body is left alone", async () => {
  const socket = connect((server.address() as AddressInfo).port, "127.0.0.1");
  socket.write("POST /json HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nab");
  setTimeout(() => {
    socket.write("POST /json HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 2\r\n\r\ncd");
  }, TIMEOUT_MS * 2);
  const answers = await text(socket);

  expect(answers).toContain("ab");
  expect(answers).toContain("cd");
  expect(answers).not.toContain("408");
});
