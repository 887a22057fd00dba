import { once } from "node:events";
import { type AddressInfo, connect, type Socket } from "node:net";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, it, test } from "vitest";
import { createHarness, type Harness } from "../testing/harness.ts";

// Python's urllib, so also ansible-galaxy: it reads nothing before it has sent everything, and a reset
// connection hides the answer.
it("a sender that only listens after sending hears the refusal of a large upload", async () => {
  const harness = await createHarness();
  try {
    await harness.server.app.listen({ host: "127.0.0.1", port: 0 });
    const body = Buffer.alloc(20 * 1024 * 1024, "x");
    const socket = connect((harness.server.app.server.address() as AddressInfo).port, "127.0.0.1");
    socket.write(
      "POST /api/galaxy/v3/artifacts/collections/ HTTP/1.1\r\nHost: hub\r\nConnection: close\r\nAuthorization: Token nonsense\r\n" +
        `Content-Type: multipart/form-data; boundary=x\r\nContent-Length: ${body.length}\r\n\r\n`,
    );
    await new Promise<void>((resolve, reject) => {
      socket.on("error", reject);
      socket.write(body, () => resolve());
    });
    expect(await text(socket)).toMatch(/^HTTP\/1\.1 401 /);
  } finally {
    await harness.close();
  }
});

describe("an upload that is refused", () => {
  let harness: Harness;

  beforeAll(async () => {
    harness = await createHarness();
    await harness.server.app.listen({ host: "127.0.0.1", port: 0 });
  });

  afterAll(() => harness.close());

  function begin(headers: string, length: number): Socket {
    const socket = connect((harness.server.app.server.address() as AddressInfo).port, "127.0.0.1");
    socket.on("error", () => undefined);
    socket.write(
      `POST /api/galaxy/v3/artifacts/collections/ HTTP/1.1\r\nHost: hub\r\n${headers}Content-Type: multipart/form-data; boundary=x\r\nContent-Length: ${length}\r\n\r\n`,
    );
    return socket;
  }

  test("is answered before it is read", async () => {
    const socket = begin("Authorization: Token nonsense\r\n", 400 * 1024 * 1024);

    const [first] = await once(socket, "data");

    expect(String(first)).toMatch(/^HTTP\/1\.1 401 /);
    socket.destroy();
  });

  // 400 MB of a stranger once came in, 275 of them before the answer.
  test("ends after two megabytes of a caller who showed nothing", async () => {
    const socket = begin("", 400 * 1024 * 1024);
    const chunk = Buffer.alloc(256 * 1024);
    let sentBytes = 0;
    let isCut = false;
    let answer = "";
    socket.on("data", (data: Buffer) => {
      answer += data.toString();
    });
    while (!isCut && sentBytes < 100 * 1024 * 1024) {
      sentBytes += chunk.length;
      isCut = await new Promise<boolean>((resolve) => {
        socket.write(chunk, (error) => resolve(error instanceof Error));
      });
    }

    expect(answer).toMatch(/^HTTP\/1\.1 401 /);
    expect(sentBytes).toBeLessThan(20 * 1024 * 1024);
  });
});
