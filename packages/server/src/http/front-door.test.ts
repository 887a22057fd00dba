import { createServer, type Server } from "node:http";
import { afterEach, expect, test } from "vitest";
import { FrontDoor } from "./front-door.ts";

const servers: Server[] = [];

function hub(): Server {
  const server = createServer((_request, response) => response.end("the hub"));
  servers.push(server);
  return server;
}

afterEach(async () => {
  await Promise.all(
    servers.splice(0).map((server) => new Promise<void>((resolve) => server.close(() => resolve()))),
  );
});

test("until the hub is ready every path says when to come again", async () => {
  const door = await FrontDoor.open({ host: "127.0.0.1", port: 0 });

  for (const path of ["/", "/healthz", "/verify", "/v2/auth"]) {
    const answer = await fetch(`http://127.0.0.1:${door.port}${path}`);
    expect([answer.status, answer.headers.get("retry-after")]).toEqual([503, "1"]);
  }
  await door.handOver(hub());
});

test("the hub answers at the same port once it has taken over, with no moment in which nobody listens", async () => {
  const door = await FrontDoor.open({ host: "127.0.0.1", port: 0 });
  const url = `http://127.0.0.1:${door.port}/`;
  const before = await fetch(url);
  const meanwhile = [fetch(url), fetch(url)];
  await door.handOver(hub());

  expect(before.status).toBe(503);
  for (const answer of await Promise.all(meanwhile)) {
    expect([200, 503]).toContain(answer.status);
  }
  expect(await (await fetch(url)).text()).toBe("the hub");
});

test("a port that is taken is refused before anything else happens", async () => {
  const door = await FrontDoor.open({ host: "127.0.0.1", port: 0 });

  await expect(FrontDoor.open({ host: "127.0.0.1", port: door.port })).rejects.toMatchObject({
    code: "EADDRINUSE",
  });
  await door.handOver(hub());
});

test("localhost is served at both of its addresses, where the machine has both", async () => {
  const door = await FrontDoor.open({ host: "localhost", port: 0 });
  await door.handOver(hub());

  expect(await (await fetch(`http://localhost:${door.port}/`)).text()).toBe("the hub");
  expect(await (await fetch(`http://127.0.0.1:${door.port}/`)).text()).toBe("the hub");
});
