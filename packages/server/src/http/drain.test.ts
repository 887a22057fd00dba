import type { AddressInfo } from "node:net";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { expect, it } from "vitest";
import { createHarness } from "../testing/harness.ts";

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
