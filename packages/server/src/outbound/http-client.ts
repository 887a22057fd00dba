import { promises as dns, type LookupAddress } from "node:dns";
import { type IncomingMessage, type RequestOptions, request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import { isIP } from "node:net";
import { AddressRules } from "./addresses.ts";

/** From the look-up of the name to the head of the answer. */
const ANSWER_TIMEOUT_MS = 10_000;
const RESOLVE_TIMEOUT_MS = 5_000;
const ANSWER_BYTES_MAX = 65_536;
const HEADER_BYTES_MAX = 16_384;
/**
 * An answer's body is of no interest; it may come to its end, so that the receiver sees no broken connection.
 */
const BODY_TIMEOUT_MS = 2_000;

export type Resolve = (name: string) => Promise<readonly LookupAddress[]>;

/**
 * Look-ups wait in Node's few threads, which password hashes need as well: a name server that does not answer
 * must not take them all.
 */
const LOOKUPS_MAX = 2;

const resolveBySystem: Resolve = (name) => dns.lookup(name, { all: true, verbatim: true });

/** The URL or an address that it leads to is one that the hub does not connect to. */
export class AddressNotAllowedError extends Error {
  constructor() {
    super("the address is not one that the hub connects to (MINTMARK_OUTBOUND_ALLOW)");
    this.name = "AddressNotAllowedError";
  }
}

export interface OutboundAnswer {
  readonly status: number;
  readonly headers: IncomingMessage["headers"];
}

/**
 * Requests to addresses that people typed in. A name is looked up once; every address it has must be allowed,
 * and the connection goes to one of those that were judged, so that a name which changes its mind between
 * look-up and connection gains nothing. Redirects are answers like others.
 */
export class OutboundClient {
  readonly #rules: AddressRules;
  readonly #resolve: Resolve;
  readonly #answerTimeoutMs: number;
  readonly #waiting: (() => void)[] = [];
  #lookups = 0;

  constructor(options: {
    readonly allow: readonly string[];
    readonly resolve?: Resolve;
    readonly answerTimeoutMs?: number;
  }) {
    this.#rules = new AddressRules(options.allow);
    this.#resolve = options.resolve ?? resolveBySystem;
    this.#answerTimeoutMs = options.answerTimeoutMs ?? ANSWER_TIMEOUT_MS;
  }

  /**
   * Null for text that is no http(s) URL. Throws `AddressNotAllowedError`, also for user information; the
   * resolver's error.
   */
  async judge(text: string): Promise<readonly LookupAddress[] | null> {
    const url = URL.canParse(text) ? new URL(text) : null;
    if (!url || !["http:", "https:"].includes(url.protocol)) {
      return null;
    }
    if (url.username !== "" || url.password !== "") {
      throw new AddressNotAllowedError();
    }
    const name = url.hostname.replace(/^\[(.*)\]$/, "$1");
    const family = isIP(name);
    const addresses =
      family === 0
        ? await unlessAborted(this.#lookUp(name), AbortSignal.timeout(RESOLVE_TIMEOUT_MS))
        : [{ address: name, family }];
    if (addresses.length === 0 || !addresses.every(({ address }) => this.#rules.permits(address))) {
      throw new AddressNotAllowedError();
    }
    return addresses;
  }

  /** One of at most a few look-ups at a time. */
  async #lookUp(name: string): Promise<readonly LookupAddress[]> {
    while (this.#lookups >= LOOKUPS_MAX) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    this.#lookups += 1;
    try {
      return await this.#resolve(name);
    } finally {
      this.#lookups -= 1;
      this.#waiting.shift()?.();
    }
  }

  /** Sends a POST and answers with the head of what comes back. Throws if the exchange fails. */
  async post(
    text: string,
    message: {
      readonly headers: Readonly<Record<string, string>>;
      readonly body: string;
      readonly signal: AbortSignal;
    },
  ): Promise<OutboundAnswer> {
    const signal = AbortSignal.any([message.signal, AbortSignal.timeout(this.#answerTimeoutMs)]);
    const addresses = await unlessAborted(this.judge(text), signal);
    if (!addresses) {
      throw new AddressNotAllowedError();
    }
    const url = new URL(text);
    const options: RequestOptions = {
      method: "POST",
      headers: { ...message.headers, "content-length": String(Buffer.byteLength(message.body)) },
      agent: false,
      maxHeaderSize: HEADER_BYTES_MAX,
      signal,
      // Node asks for the name's addresses here, and gets those that were judged.
      lookup: (_name, lookupOptions, done) => {
        const [first] = addresses;
        if (lookupOptions.all) {
          done(null, [...addresses]);
        } else {
          done(null, first?.address ?? "", first?.family ?? 0);
        }
      },
    };
    return new Promise((resolve, reject) => {
      const send = url.protocol === "https:" ? requestHttps : requestHttp;
      const request = send(url, options, (answer) => {
        resolve({ status: answer.statusCode ?? 0, headers: answer.headers });
        discardBody(answer);
      });
      request.on("error", reject);
      request.end(message.body);
    });
  }
}

function discardBody(answer: IncomingMessage): void {
  let bytes = 0;
  const timer = setTimeout(() => answer.destroy(), BODY_TIMEOUT_MS);
  timer.unref();
  answer.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > ANSWER_BYTES_MAX) {
      answer.destroy();
    }
  });
  // The status is known; how the body ends changes nothing.
  answer.on("error", () => undefined);
  answer.on("close", () => clearTimeout(timer));
}

function unlessAborted<Result>(work: Promise<Result>, signal: AbortSignal): Promise<Result> {
  return new Promise((resolve, reject) => {
    const stop = () => reject(signal.reason instanceof Error ? signal.reason : new Error("cut short"));
    if (signal.aborted) {
      stop();
      return;
    }
    signal.addEventListener("abort", stop, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", stop));
  });
}
