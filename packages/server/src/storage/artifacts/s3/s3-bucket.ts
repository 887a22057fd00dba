import { createReadStream } from "node:fs";
import {
  Agent as HttpAgent,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request as requestHttp,
} from "node:http";
import { Agent as HttpsAgent, request as requestHttps } from "node:https";
import { pipeline } from "node:stream/promises";
import { setTimeout as wait } from "node:timers/promises";
import { AwsV4Signer } from "aws4fetch";
import type { Secret } from "../../../core/secret/secret.ts";

/** SHA-256 of nothing, the body of every request but a PUT. */
const EMPTY_SHA256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
/** The longest silence of a connection. */
const SILENCE_MS = 20_000;
const SOCKETS_MAX = 64;
const ATTEMPTS = 3;
const RETRY_DELAY_MS = 200;
/** An error's text is far shorter. */
const TEXT_BYTES_MAX = 64 * 1024;
const NOT_FOUND = 404;
const TOO_MANY = 429;
const SERVER_ERROR = 500;

export interface S3Place {
  readonly bucket: string;
  /** Stands in front of each key; empty, or ends with a slash. */
  readonly prefix: string;
  /** Undefined for Amazon's own. */
  readonly endpoint: string | undefined;
  readonly region: string;
}

export interface S3Keys {
  readonly accessKeyId: string;
  readonly secretAccessKey: Secret;
}

/** The S3 server answered no. `code` is its own word, such as `NoSuchBucket` or `AccessDenied`. */
export class S3RefusalError extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string) {
    super(`the S3 server answered ${status} ${code}`.trim());
    this.name = "S3RefusalError";
    this.status = status;
    this.code = code;
  }
}

interface S3Request {
  readonly method: "GET" | "PUT";
  /** Undefined for the bucket itself. */
  readonly key?: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly file?: { readonly path: string; readonly size: number; readonly sha256: string };
}

export interface S3Object {
  readonly stream: IncomingMessage;
  readonly headers: IncomingHttpHeaders;
}

/**
 * The few calls of the S3 API that artifacts need, signed with AWS Signature Version 4. Bodies are streamed.
 * Every call can be repeated without harm, so one that fails on the way or with a 5xx status is tried three
 * times. Throws `S3RefusalError` if the server says no, else the error of the connection.
 */
export class S3Bucket {
  readonly #url: string;
  readonly #prefix: string;
  readonly #region: string;
  readonly #keys: S3Keys;
  readonly #agent: HttpAgent | HttpsAgent;

  constructor({ bucket, prefix, endpoint, region }: S3Place, keys: S3Keys) {
    // Amazon deprecates paths that begin with the bucket; other servers know nothing else without DNS of
    // their own. A dot in a bucket's name does not fit Amazon's certificate.
    const amazon = bucket.includes(".")
      ? `https://s3.${region}.amazonaws.com/${bucket}`
      : `https://${bucket}.s3.${region}.amazonaws.com`;
    this.#url = endpoint === undefined ? amazon : `${endpoint}/${bucket}`;
    this.#prefix = prefix;
    this.#region = region;
    this.#keys = keys;
    const options = { keepAlive: true, maxSockets: SOCKETS_MAX, timeout: SILENCE_MS };
    this.#agent = this.#url.startsWith("https:") ? new HttpsAgent(options) : new HttpAgent(options);
  }

  /** The object, or the part of it that `range` names (both ends included); null if there is none. */
  async get(key: string, range?: { readonly start: number; readonly end: number }): Promise<S3Object | null> {
    const headers = range === undefined ? {} : { range: `bytes=${range.start}-${range.end}` };
    try {
      const stream = await this.#call({ method: "GET", key, headers });
      return { stream, headers: stream.headers };
    } catch (error) {
      if (error instanceof S3RefusalError && error.code === "NoSuchKey") {
        return null;
      }
      throw error;
    }
  }

  /** The server refuses bytes that do not have this hash. */
  async put(key: string, file: { readonly path: string; readonly size: number; readonly sha256: string }) {
    const checksum = Buffer.from(file.sha256, "hex").toString("base64");
    const headers = { "content-type": "application/gzip", "x-amz-checksum-sha256": checksum };
    (await this.#call({ method: "PUT", key, headers, file })).resume();
  }

  /** Throws unless the bucket answers and these keys may list it. */
  async check(): Promise<void> {
    const query = { "list-type": "2", "max-keys": "1", prefix: this.#prefix };
    (await this.#call({ method: "GET", query })).resume();
  }

  /** The answer of the first attempt that gives one of success. */
  async #call(request: S3Request): Promise<IncomingMessage> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        const answer = await this.#send(request);
        const { statusCode: status = 0 } = answer;
        if (status >= 200 && status < 300) {
          return answer;
        }
        const code = /<Code>([A-Za-z]{1,60})<\/Code>/.exec(await readText(answer))?.[1];
        throw new S3RefusalError(status, code ?? (status === NOT_FOUND ? "NotFound" : ""));
      } catch (error) {
        if (attempt >= ATTEMPTS || !mayPass(error)) {
          throw error;
        }
        await wait(RETRY_DELAY_MS * 2 ** (attempt - 1));
      }
    }
  }

  async #send({ method, key, query = {}, headers = {}, file }: S3Request): Promise<IncomingMessage> {
    const url = new URL(key === undefined ? `${this.#url}/` : `${this.#url}/${this.#prefix}${key}`);
    for (const [name, value] of Object.entries(query)) {
      url.searchParams.set(name, value);
    }
    const signed = await new AwsV4Signer({
      method,
      url: url.href,
      headers: { ...headers, "x-amz-content-sha256": file?.sha256 ?? EMPTY_SHA256 },
      accessKeyId: this.#keys.accessKeyId,
      secretAccessKey: this.#keys.secretAccessKey.reveal(),
      service: "s3",
      region: this.#region,
    }).sign();
    const sent = Object.fromEntries(signed.headers);
    if (file) {
      sent["content-length"] = String(file.size);
    }
    return new Promise((resolve, reject) => {
      const send = url.protocol === "https:" ? requestHttps : requestHttp;
      const options = { method, headers: sent, agent: this.#agent, timeout: SILENCE_MS };
      const request = send(signed.url, options, resolve);
      request.on("error", reject);
      request.on("timeout", () => request.destroy(new Error("the S3 server is silent")));
      if (file && file.size > 0) {
        pipeline(createReadStream(file.path), request).catch(reject);
      } else {
        request.end();
      }
    });
  }
}

/** A connection that broke, and a server that asks for patience. */
function mayPass(error: unknown): boolean {
  const isOfDisk = (error as { path?: string }).path !== undefined;
  return error instanceof S3RefusalError
    ? error.status >= SERVER_ERROR || error.status === TOO_MANY
    : !isOfDisk;
}

async function readText(answer: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of answer) {
    size += (chunk as Buffer).length;
    if (size > TEXT_BYTES_MAX) {
      answer.destroy();
      throw new Error("the S3 server's answer is too long");
    }
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks).toString("utf8");
}
