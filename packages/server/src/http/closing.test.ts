import { type AddressInfo, connect, type Socket } from "node:net";
import { expect, test } from "vitest";
import { createHarness, PASSWORD } from "../testing/harness.ts";

// Node closes idle connections when it begins to close and waits for the others, which clients then keep open
// for more than a minute.
test("a server that closes answers what is under way and does not wait for that connection's next request", async () => {
  const hub = await createHarness();
  await hub.addUser("ada");
  await hub.server.app.listen({ host: "127.0.0.1", port: 0 });
  const { port } = hub.server.app.server.address() as AddressInfo;
  const body = JSON.stringify({ username: "ada", password: PASSWORD });
  const socket = connect(port, "127.0.0.1");
  socket.write(
    `POST /api/mintmark/v1/session HTTP/1.1\r\nHost: hub\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\nExpect: 100-continue\r\n\r\n`,
  );
  await receive(socket, "100 Continue");

  const closing = hub.close();
  socket.write(body);

  expect(await receive(socket, "accessToken")).toContain("HTTP/1.1 201 Created");
  await closing;
});

function receive(socket: Socket, awaited: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    const read = (chunk: Buffer): void => {
      text += chunk.toString();
      if (text.includes(awaited)) {
        socket.off("data", read);
        resolve(text);
      }
    };
    socket.on("data", read);
    socket.once("close", () => reject(new Error(`closed after ${JSON.stringify(text)}`)));
  });
}
