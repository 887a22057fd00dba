import { once } from "node:events";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { getRequestListener } from "@hono/node-server";
import express from "express";
import fastify from "fastify";
import { Hono } from "hono";
import { protect as protectExpress } from "../packages/sdk/src/middleware/express.ts";
import { protect as protectFastify } from "../packages/sdk/src/middleware/fastify.ts";
import { protect as protectHono } from "../packages/sdk/src/middleware/hono.ts";
import { protect as protectNode } from "../packages/sdk/src/middleware/node.ts";
import type { Caller, Verifier } from "../packages/sdk/src/verifier/verifier.ts";

/**
 * The same little service in four frameworks: `/reports` needs `service:reports:read` and says who reads and
 * what was sent; `/repositories/x` needs `repository:team/x:pull`.
 */
export interface Service {
  readonly url: string;
  /** The reason why no verdict was possible, as the service was told. */
  readonly failures: unknown[];
  close(): Promise<void>;
}

const READ = "service:reports:read";
const pull = (name: string | undefined) => `repository:team/${name}:pull`;
const answer = (caller: Caller | undefined, sent = "") =>
  `${caller?.username} (${caller?.subject}, ${caller?.kind}) reads; sent: ${sent}`;

type Make = (verifier: Verifier, onFailure: (error: unknown) => void) => Promise<Server>;

export const FRAMEWORKS: readonly { readonly name: string; start(verifier: Verifier): Promise<Service> }[] = [
  { name: "node:http", start: (verifier) => listen(verifier, bare) },
  { name: "Express", start: (verifier) => listen(verifier, inExpress) },
  { name: "Fastify", start: (verifier) => listen(verifier, inFastify) },
  { name: "Hono", start: (verifier) => listen(verifier, inHono) },
];

const bare: Make = async (verifier, onFailure) => {
  const reports = protectNode(verifier, { scope: READ, onFailure }, async (request, response) => {
    let sent = "";
    for await (const chunk of request) {
      sent += chunk;
    }
    response.end(answer(request.caller, sent));
  });
  const scope = (request: IncomingMessage) => pull(request.url?.split("/")[2]);
  const repositories = protectNode(verifier, { scope, onFailure }, (request, response) => {
    response.end(answer(request.caller));
  });
  return createServer((request, response) =>
    request.url?.startsWith("/reports") ? reports(request, response) : repositories(request, response),
  );
};

const inExpress: Make = async (verifier, onFailure) => {
  const app = express();
  app.use("/reports", protectExpress(verifier, { scope: READ, onFailure }), express.text());
  app.all("/reports", (request, response) => {
    response.send(answer(request.caller, request.body));
  });
  const scope = (request: express.Request) => pull(String(request.params["name"]));
  app.get("/repositories/:name", protectExpress(verifier, { scope, onFailure }), (request, response) => {
    response.send(answer(request.caller));
  });
  return createServer(app);
};

const inFastify: Make = async (verifier, onFailure) => {
  const app = fastify();
  app.route({
    method: ["GET", "POST"],
    url: "/reports",
    onRequest: protectFastify(verifier, { scope: READ, onFailure }),
    handler: async (request) => answer(request.caller, request.body ? String(request.body) : ""),
  });
  const scope = (request: fastify.FastifyRequest) => pull((request.params as { name: string }).name);
  const onRequest = protectFastify(verifier, { scope, onFailure });
  app.get("/repositories/:name", { onRequest }, async (request) => answer(request.caller));
  await app.ready();
  return app.server;
};

const inHono: Make = async (verifier, onFailure) => {
  const app = new Hono();
  app.use("/reports", protectHono(verifier, { scope: READ, onFailure }));
  app.all("/reports", async (context) =>
    context.text(answer(context.get("caller"), await context.req.text())),
  );
  app.get(
    "/repositories/:name",
    protectHono(verifier, { scope: (context) => pull(context.req.param("name")), onFailure }),
    (context) => context.text(answer(context.get("caller"))),
  );
  return createServer(getRequestListener(app.fetch));
};

async function listen(verifier: Verifier, make: Make): Promise<Service> {
  const failures: unknown[] = [];
  const server = await make(verifier, (error) => failures.push(error));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    failures,
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}
