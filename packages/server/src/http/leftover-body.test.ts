import { type AddressInfo, connect } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createHarness, type Harness } from "../testing/harness.ts";

const CHUNK = `10000\r\n${"a".repeat(65_536)}\r\n`;
const BYTES_MAX = 400_000_000;

let hub: Harness;
let secret: string;

beforeAll(async () => {
  hub = await createHarness();
  await hub.addUser("ada");
  secret = (await hub.issue("ada", "personal_token")).secret;
  await hub.server.app.listen({ port: 0, host: "127.0.0.1" });
});

afterAll(() => hub.close());

/** Sends a body in chunks without end. Resolves with what came back once the hub ends the connection. */
async function sendWithoutEnd(method: string, path: string, authorization: string | null) {
  const socket = connect((hub.server.app.server.address() as AddressInfo).port, "127.0.0.1");
  let answer = "";
  let isClosed = false;
  socket.on("data", (chunk) => {
    answer += String(chunk);
  });
  socket.on("error", () => undefined);
  const closed = new Promise<void>((resolve) => {
    socket.once("close", () => {
      isClosed = true;
      resolve();
    });
  });
  const proof = authorization === null ? "" : `Authorization: ${authorization}\r\n`;
  socket.write(`${method} ${path} HTTP/1.1\r\nHost: hub\r\n${proof}Transfer-Encoding: chunked\r\n\r\n`);
  let bytes = 0;
  while (!isClosed && bytes < BYTES_MAX) {
    bytes += CHUNK.length;
    if (socket.write(CHUNK)) {
      await new Promise(setImmediate);
    } else {
      await Promise.race([closed, new Promise((resolve) => socket.once("drain", resolve))]);
    }
  }
  socket.destroy();
  return { statuses: answer.match(/HTTP\/1\.1 \d+/g) ?? [], isClosed, bytes };
}

describe("a body in chunks that never ends", () => {
  test.each([
    ["GET", "/verify", 200],
    ["POST", "/verify", 200],
    ["DELETE", "/verify/some/path", 200],
  ])("is answered once at %s %s, and then ends its connection", async (method, path, status) => {
    const { statuses, isClosed } = await sendWithoutEnd(method, path, `Bearer ${secret}`);

    expect(statuses).toEqual([`HTTP/1.1 ${status}`]);
    expect(isClosed).toBe(true);
  });

  test.each([
    ["GET", "/verify", 401],
    ["POST", "/verify", 401],
    ["GET", "/healthz", 200],
    ["POST", "/healthz", 404],
    ["GET", "/", 200],
  ])("without a credential is cut much sooner at %s %s", async (method, path, status) => {
    const { statuses, isClosed, bytes } = await sendWithoutEnd(method, path, null);

    expect(statuses).toEqual([`HTTP/1.1 ${status}`]);
    expect(isClosed).toBe(true);
    expect(bytes).toBeLessThan(BYTES_MAX);
  });
});

test("a body in chunks that a proxy passes on is left unread, and the connection goes on", async () => {
  const socket = connect((hub.server.app.server.address() as AddressInfo).port, "127.0.0.1");
  const one = `POST /verify HTTP/1.1\r\nHost: hub\r\nAuthorization: Bearer ${secret}\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n`;
  let answer = "";
  const twice = new Promise<void>((resolve) => {
    socket.on("data", (chunk) => {
      answer += String(chunk);
      if ((answer.match(/HTTP\/1\.1 200/g) ?? []).length === 2) {
        resolve();
      }
    });
  });
  socket.write(one);
  socket.write(one);
  await twice;
  socket.destroy();

  expect(answer.match(/HTTP\/1\.1 \d+/g)).toEqual(["HTTP/1.1 200", "HTTP/1.1 200"]);
});
