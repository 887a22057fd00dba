import type { LookupAddress } from "node:dns";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Receiver } from "../testing/receiver.ts";
import { AddressNotAllowedError, OutboundClient } from "./http-client.ts";

const PUBLIC: LookupAddress = { address: "203.0.113.7", family: 4 };
const LOOPBACK: LookupAddress = { address: "127.0.0.1", family: 4 };
const METADATA: LookupAddress = { address: "169.254.169.254", family: 4 };

describe("the client for addresses that people typed in", () => {
  let receiver: Receiver;
  const message = {
    headers: { "content-type": "text/plain" },
    body: "hello",
    signal: new AbortController().signal,
  };

  beforeEach(async () => {
    receiver = await Receiver.open();
  });

  afterEach(() => receiver.kill());

  const port = () => new URL(receiver.url).port;
  const resolving = (...answers: (readonly LookupAddress[])[]) => {
    let at = 0;
    return async () => answers[Math.min(at++, answers.length - 1)] ?? [];
  };

  test("a name is refused when any of its addresses is not allowed", async () => {
    const client = new OutboundClient({ allow: [], resolve: resolving([PUBLIC, METADATA]) });

    await expect(client.post("http://hook.test/", message)).rejects.toBeInstanceOf(AddressNotAllowedError);
    await expect(client.judge("http://hook.test/")).rejects.toBeInstanceOf(AddressNotAllowedError);
  });

  // DNS rebinding: the look-up that was judged is the one that the connection uses.
  test("a name that changes between two look-ups is looked up once, and reached where it was judged", async () => {
    const resolve = resolving([LOOPBACK], [METADATA]);
    const client = new OutboundClient({ allow: ["127.0.0.0/8"], resolve });

    expect(await client.post(`http://hook.test:${port()}/`, message)).toMatchObject({ status: 204 });
    expect(receiver.received).toMatchObject([{ body: "hello", headers: { host: `hook.test:${port()}` } }]);
    await expect(client.post(`http://hook.test:${port()}/`, message)).rejects.toBeInstanceOf(
      AddressNotAllowedError,
    );
  });

  test.for([
    "http://127.0.0.1/",
    "http://2130706433/",
    "http://0x7f.1/",
    "http://[::1]/",
    "http://[::ffff:10.0.0.1]/",
    "http://[64:ff9b::7f00:1]/",
    "http://localhost/",
    "https://user:password@example.com/",
    "https://user@example.com/",
  ])("%s is refused", async (url) => {
    const client = new OutboundClient({ allow: [] });
    await expect(client.judge(url)).rejects.toBeInstanceOf(AddressNotAllowedError);
  });

  test.for(["ftp://example.com/", "file:///etc/passwd", "no url", ""])(
    "%s is no URL to call",
    async (url) => {
      expect(await new OutboundClient({ allow: [] }).judge(url)).toBeNull();
    },
  );

  test("a redirect is an answer and leads nowhere", async () => {
    receiver.answer = (_message, response) => response.writeHead(307, { location: "/elsewhere" }).end();
    const client = new OutboundClient({ allow: ["127.0.0.0/8"] });

    expect(await client.post(receiver.url, message)).toMatchObject({ status: 307 });
    expect(receiver.received.map(({ path }) => path)).toEqual(["/hook"]);
  });

  test("a receiver that never answers is given up after the time limit", async () => {
    receiver.answer = () => undefined;
    const client = new OutboundClient({ allow: ["127.0.0.0/8"], answerTimeoutMs: 100 });

    await expect(client.post(receiver.url, message)).rejects.toThrow();
  });

  test("a name that never resolves is given up after the time limit", async () => {
    const resolve = () => new Promise<never>(() => undefined);
    const client = new OutboundClient({ allow: [], resolve, answerTimeoutMs: 100 });

    await expect(client.post("http://hook.test/", message)).rejects.toThrow();
  });

  test("names that do not resolve leave room for the rest of the server: two are asked for at a time", async () => {
    const asked: string[] = [];
    const answers: (() => void)[] = [];
    const resolve = (name: string) => {
      asked.push(name);
      return new Promise<readonly LookupAddress[]>((done) => answers.push(() => done([PUBLIC])));
    };
    const client = new OutboundClient({ allow: [], resolve });
    const judged = ["a", "b", "c"].map((name) => client.judge(`http://${name}.test/`));
    await Promise.resolve();
    expect(asked).toEqual(["a.test", "b.test"]);

    answers.shift()?.();
    await judged[0];
    await expect.poll(() => asked).toEqual(["a.test", "b.test", "c.test"]);
    for (const answer of answers) {
      answer();
    }
    await Promise.all(judged);
  });

  test("an answer without end does not hold the client up", async () => {
    receiver.answer = (_message, response) => {
      response.writeHead(200);
      const pour = (): void => {
        if (!response.destroyed) {
          response.write(Buffer.alloc(16_384), () => setImmediate(pour));
        }
      };
      pour();
    };
    const client = new OutboundClient({ allow: ["127.0.0.0/8"] });

    expect(await client.post(receiver.url, message)).toMatchObject({ status: 200 });
  });

  test("a connection that breaks before the answer is an error", async () => {
    receiver.answer = (_message, response) => response.destroy();
    const client = new OutboundClient({ allow: ["127.0.0.0/8"] });

    await expect(client.post(receiver.url, message)).rejects.toThrow();
  });
});
