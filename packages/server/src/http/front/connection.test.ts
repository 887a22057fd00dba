import { once } from "node:events";
import { type AddressInfo, connect, type Socket } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createHarness, type Harness } from "../../testing/harness.ts";

let hub: Harness;
let port: number;
let secret: string;

beforeAll(async () => {
  hub = await createHarness();
  await hub.addUser("ada", { grants: ["repository:team/*:pull"] });
  ({ secret } = await hub.issue("ada", "personal_token", { scopes: ["repository:team/*:pull"] }));
  await hub.server.app.listen({ host: "127.0.0.1", port: 0 });
  ({ port } = hub.server.app.server.address() as AddressInfo);
});

afterAll(() => hub.close());

const ask = (value: string, more = ""): string =>
  `GET /verify HTTP/1.1\r\nHost: hub\r\nAuthorization: Bearer ${value}\r\n${more}\r\n`;
const statusesIn = (text: string): readonly string[] => text.match(/(?<=HTTP\/1\.1 )\d{3}/g) ?? [];

test("answers stay in order, those of the store and those of the framework among them", async () => {
  const { secret: fresh } = await hub.issue("ada", "personal_token", { scopes: ["repository:team/*:pull"] });
  // The store must be asked for the second, and the framework answers the fourth and what follows it.
  const sent =
    ask(secret) +
    ask(fresh) +
    ask(`${secret}x`) +
    "GET /healthz HTTP/1.1\r\nHost: hub\r\n\r\n" +
    ask(secret, "Connection: close\r\n");
  expect(statusesIn(await answersTo(sent))).toEqual(["200", "200", "401", "200", "200"]);
});

test("a request in two packets is answered, and so is the next one", async () => {
  const socket = connect(port, "127.0.0.1");
  const whole = ask(secret);
  socket.write(whole.slice(0, 40));
  await new Promise((resolve) => {
    setImmediate(resolve);
  });
  socket.write(whole.slice(40) + ask(secret, "Connection: close\r\n"));
  expect(statusesIn(await rest(socket))).toEqual(["200", "200"]);
});

test("a revoked credential is refused on a connection that it was accepted on", async () => {
  const issued = await hub.issue("ada", "personal_token", { scopes: ["repository:team/*:pull"] });
  const socket = connect(port, "127.0.0.1");
  socket.write(ask(issued.secret));
  expect(await receive(socket, "\r\n\r\n")).toContain("HTTP/1.1 200 OK");
  await hub.call({
    method: "DELETE",
    url: `/api/mintmark/v1/credentials/${issued.id}`,
    bearer: await hub.logIn("ada"),
  });
  socket.write(ask(issued.secret));
  expect(await receive(socket, "\r\n\r\n")).toContain("HTTP/1.1 401 Unauthorized");
  socket.destroy();
});

test("a client that reads nothing is not read from either, and gets all its answers later", async () => {
  const accepted = once(hub.server.app.server, "connection");
  const socket = connect(port, "127.0.0.1");
  socket.pause();
  const [theirs] = (await accepted) as [Socket];
  const paused = new Promise<void>((resolve) => {
    theirs.once("pause", resolve);
  });
  const count = 40_000;
  const batch = ask(secret).repeat(100);
  for (let sent = 0; sent < count; sent += 100) {
    socket.write(batch);
  }
  socket.end(ask(secret, "Connection: close\r\n"));
  await paused;
  // The answers to what one read holds, and no more.
  expect(theirs.writableLength).toBeLessThan(1_000_000);
  expect(statusesIn(await rest(socket))).toHaveLength(count + 1);
});

test("a client that leaves while the store is asked does no harm", async () => {
  const { secret: fresh } = await hub.issue("ada", "personal_token", { scopes: ["repository:team/*:pull"] });
  const socket = connect(port, "127.0.0.1");
  await new Promise<void>((resolve) => {
    socket.write(ask(fresh), () => resolve());
  });
  socket.resetAndDestroy();
  expect(statusesIn(await answersTo(ask(secret, "Connection: close\r\n")))).toEqual(["200"]);
});

test("a client that closes its side while the store is asked gets its answer", async () => {
  const { secret: fresh } = await hub.issue("ada", "personal_token", { scopes: ["repository:team/*:pull"] });
  const socket = connect(port, "127.0.0.1");
  socket.end(ask(fresh));
  expect(statusesIn(await rest(socket))).toEqual(["200"]);
});

test("a connection without a request is refused in time, and an idle one is closed", async () => {
  const brief = await createHarness();
  try {
    const { server } = brief.server.app;
    server.headersTimeout = 50;
    server.keepAliveTimeout = 50;
    await brief.server.app.listen({ host: "127.0.0.1", port: 0 });
    const at = (server.address() as AddressInfo).port;
    expect(statusesIn(await rest(connect(at, "127.0.0.1")))).toEqual(["408"]);
    const idle = connect(at, "127.0.0.1");
    idle.write(ask("mmp_unknown"));
    expect(statusesIn(await rest(idle))).toEqual(["401"]);
  } finally {
    await brief.close();
  }
});

test("a server that closes does not wait for idle connections, and answers what is under way", async () => {
  const closing = await createHarness();
  await closing.addUser("ada");
  const issued = await closing.issue("ada", "hub_token");
  await closing.server.app.listen({ host: "127.0.0.1", port: 0 });
  const at = (closing.server.app.server.address() as AddressInfo).port;
  const idle = connect(at, "127.0.0.1");
  idle.write(ask(issued.secret));
  await receive(idle, "\r\n\r\n");
  const accepted = once(closing.server.app.server, "connection");
  const silent = connect(at, "127.0.0.1");
  await accepted;
  const ended = Promise.all([rest(idle), rest(silent)]);
  await closing.close();
  expect(await ended).toEqual(["", ""]);
});

test("a name that no header can hold does not break the answer apart", async () => {
  const socket = connect(port, "127.0.0.1");
  socket.write("GET /verify?scope=a%0d%0aSet-Cookie:%20x=1 HTTP/1.1\r\nHost: hub\r\n");
  socket.write(`Authorization: Bearer ${secret}\r\nConnection: close\r\n\r\n`);
  expect(await rest(socket)).not.toContain("Set-Cookie");
});

async function answersTo(sent: string): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  socket.write(sent);
  return rest(socket);
}

/** All that comes until the connection is closed. */
async function rest(socket: Socket): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of socket) {
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks).toString("latin1");
}

function receive(socket: Socket, awaited: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    const read = (chunk: Buffer): void => {
      text += chunk.toString("latin1");
      if (text.includes(awaited)) {
        socket.off("data", read);
        resolve(text);
      }
    };
    socket.on("data", read).once("close", () => reject(new Error(`closed after ${text}`)));
  });
}
