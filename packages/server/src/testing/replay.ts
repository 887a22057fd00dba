import { readFileSync } from "node:fs";
import type { LightMyRequestResponse } from "fastify";
import { expect } from "vitest";
import type { Harness } from "./harness.ts";

/**
 * A request as a client sent it, recorded by a proxy with its secrets replaced by words in braces. `saves`
 * keeps parts of the answer as words for the requests that follow: a field of its JSON, or `header.<name>`.
 */
interface RecordedRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** The body, as text or as base64. */
  readonly text?: string;
  readonly base64?: string;
  readonly status: number;
  readonly saves?: Readonly<Record<string, string>>;
}

/** Sends the requests of a fixture one after the other and expects the answers that the client could use. */
export async function replay(
  hub: Harness,
  fixture: URL,
  start: Readonly<Record<string, string>>,
): Promise<readonly LightMyRequestResponse[]> {
  const words: Record<string, string> = { cookies: "", ...start };
  const requests = JSON.parse(readFileSync(fixture, "utf8")) as readonly RecordedRequest[];
  const replies: LightMyRequestResponse[] = [];
  for (const request of requests) {
    const reply = await send(hub, request, words);
    const url = fill(request.path, words);
    expect(reply.statusCode, `${request.method} ${url}: ${reply.body.slice(0, 300)}`).toBe(request.status);
    keep(reply, request.saves ?? {}, words);
    replies.push(reply);
  }
  return replies;
}

function send(hub: Harness, request: RecordedRequest, words: Readonly<Record<string, string>>) {
  const headers = Object.entries(request.headers).map(([name, value]) => [name, fill(value, words)]);
  const { text, base64 } = request;
  const raw =
    base64 === undefined
      ? text === undefined
        ? undefined
        : fill(text, words)
      : Buffer.from(base64, "base64");
  return hub.call({
    method: request.method as "GET",
    url: fill(request.path, words),
    headers: Object.fromEntries(headers) as Record<string, string>,
    ...(raw === undefined ? {} : { raw }),
  });
}

function keep(
  reply: LightMyRequestResponse,
  saves: Readonly<Record<string, string>>,
  words: Record<string, string>,
): void {
  const cookies = [reply.headers["set-cookie"] ?? []].flat();
  if (cookies.length > 0) {
    words["cookies"] = cookies.map((cookie) => cookie.split(";")[0]).join("; ");
  }
  for (const [word, field] of Object.entries(saves)) {
    const found = field.startsWith("header.")
      ? reply.headers[field.slice("header.".length)]
      : field
          .split(".")
          .reduce<unknown>((inner, name) => (inner as Record<string, unknown>)[name], reply.json());
    // Tasks are named by an address that ends in their id.
    words[word] = /([0-9a-f-]{36})\/?$/.exec(String(found))?.[1] ?? String(found);
  }
}

function fill(text: string, words: Readonly<Record<string, string>>): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => words[name] ?? whole);
}
