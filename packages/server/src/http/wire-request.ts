import type { IncomingHttpHeaders } from "node:http";
import type { Socket } from "node:net";
import type { Readable } from "node:stream";
import type { FastifyRequest } from "fastify";
import { BoundedMap } from "../core/bounded-map.ts";
import type { Origin } from "../core/caller.ts";
import { type Presented, readAuthorization } from "./authorization.ts";
import type { ShownCredential } from "./credential-end.ts";
import type { WireRequest } from "./dialect.ts";
import { RequestOrigin } from "./request-origin.ts";

const EMPTY = Buffer.alloc(0);
const AGENT_LENGTH_MAX = 255;

/** What the server has received of a request so far. */
export interface Received {
  readonly id: string;
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly params: Readonly<Record<string, string>>;
  readonly body: Buffer | Readable | null;
  readonly address: string | null;
  readonly socket: Socket;
}

/** The request as dialects see it. The query and the presented proof are parsed at first use, once. */
class ReceivedRequest implements WireRequest {
  readonly id: string;
  readonly method: string;
  readonly url: string;
  readonly params: Readonly<Record<string, string>>;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly stream: Readable | null;
  readonly origin: Origin;
  readonly shown: ShownCredential = { credential: null };
  #query: URLSearchParams | null = null;
  #presented: Presented | null | undefined = undefined;

  constructor({ id, method, url, headers, params, body, address, socket }: Received) {
    this.id = id;
    this.method = method;
    this.url = url;
    this.params = params;
    this.headers = headers;
    this.body = Buffer.isBuffer(body) ? body : EMPTY;
    this.stream = body === null || Buffer.isBuffer(body) ? null : body;
    this.origin = new RequestOrigin(address, readAgent(headers["user-agent"]), socket);
  }

  get query(): URLSearchParams {
    const { url } = this;
    this.#query ??= new URLSearchParams(url.includes("?") ? url.slice(url.indexOf("?") + 1) : "");
    return this.#query;
  }

  get presented(): Presented | null {
    if (this.#presented === undefined) {
      this.#presented = readAuthorization(this.headers.authorization);
    }
    return this.#presented;
  }
}

/** A request whose body has been received. */
export type WholeRequest = Pick<Received, "method" | "url" | "headers" | "socket"> & {
  readonly body: Buffer;
};

const NO_PARAMS: Received["params"] = {};

/** The request as dialects see it, from what the server has received of a route with a fixed path. */
export function toWireRequest(request: WholeRequest, id: string, address: string | null): WireRequest {
  const { method, url, headers, body, socket } = request;
  return new ReceivedRequest({ id, method, url, headers, params: NO_PARAMS, body, address, socket });
}

/** The request as dialects see it, from what the framework has received. */
export function fromFramework(request: FastifyRequest, address: string | null): WireRequest {
  const { id, method, url, headers, body } = request;
  return new ReceivedRequest({
    id,
    method,
    url,
    headers,
    params: request.params as Record<string, string>,
    body: (body ?? null) as Buffer | Readable | null,
    address,
    socket: request.raw.socket,
  });
}

const AGENTS_KEPT_MAX = 1_000;
/** Cleaned user agents by header: a few programs send most requests. Empty text stands for no agent. */
const cleanAgents = new BoundedMap<string, string>(AGENTS_KEPT_MAX);

export function readAgent(header: string | undefined): string | null {
  if (header === undefined) {
    return null;
  }
  let agent = cleanAgents.get(header);
  if (agent === undefined) {
    agent = header
      .replace(/[^\x20-\x7e]/g, "")
      .slice(0, AGENT_LENGTH_MAX)
      .trim();
    cleanAgents.set(header, agent);
  }
  return agent === "" ? null : agent;
}
