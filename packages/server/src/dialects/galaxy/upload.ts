import type { IncomingHttpHeaders } from "node:http";
import type { Readable } from "node:stream";
import { Busboy, type BusboyFileStream } from "@fastify/busboy";
import type { ArtifactStore, StagedArtifact } from "../../core/collection/ports.ts";
import { HubError } from "../../core/errors.ts";
import { decodeBase64 } from "./base64.ts";
import { repairForm } from "./repair-form.ts";

const FIELD_BYTES_MAX = 256;
const PARTS_MAX = 20;
const HEADER_BYTES_MAX = 8 * 1024;
/**
 * Base64 in lines of 76 takes 78 bytes for 57; the rest is for boundaries, headers and parts that are
 * ignored.
 */
const ENCODING_OVERHEAD = 78 / 57;
const ENVELOPE_BYTES_MAX = 1024 * 1024;

export interface Upload {
  readonly staged: StagedArtifact;
  readonly filename: string;
}

export interface UploadSource {
  readonly headers: IncomingHttpHeaders;
  readonly body: Readable;
  /** Called with the file's name before its bytes are kept; what it throws is the answer. */
  readonly admit: (filename: string) => void;
  /** The most that the tarball may have, after decoding. */
  readonly bytesMax: number;
}

/**
 * Reads the multipart body of a publication: the part `file` and, if given, `sha256`, in any order; others
 * are ignored. ansible-core up to 2.19 sends the file as base64 under a quoted boundary full of `=`, 2.22
 * sends raw bytes; for ansible 2.9 and galaxykit see `repair-form.ts`. Throws `malformed_request`,
 * `unsupported_media_type` or `body_too_large`; whenever it throws, nothing stays on disk. A body that
 * announces too great a length is refused before it is read; any other has been read to its end by then, so
 * that a client that only listens after sending hears the answer.
 */
export async function readUpload(source: UploadSource, artifacts: ArtifactStore): Promise<Upload> {
  const { bytesMax } = source;
  const parts = new UploadParts(artifacts, source.admit, bytesMax);
  const bodyBytesMax = Math.ceil(bytesMax * ENCODING_OVERHEAD) + ENVELOPE_BYTES_MAX;
  if (Number(source.headers["content-length"] ?? 0) > bodyBytesMax) {
    throw tooLarge(bytesMax);
  }
  try {
    await parseMultipart(source, parts, bodyBytesMax);
    return await parts.finish();
  } catch (error) {
    await parts.discard();
    throw error;
  }
}

/** The parts of the body read so far. The first fault is the answer; the rest of the body is discarded. */
class UploadParts {
  readonly #artifacts: ArtifactStore;
  readonly #admit: (filename: string) => void;
  readonly #bytesMax: number;
  #file: { stream: BusboyFileStream; name: string; staging: Promise<StagedArtifact | null> } | undefined;
  #sha256: string | undefined;
  #fault: unknown;

  constructor(artifacts: ArtifactStore, admit: (filename: string) => void, bytesMax: number) {
    this.#artifacts = artifacts;
    this.#admit = admit;
    this.#bytesMax = bytesMax;
  }

  fail(fault: unknown): void {
    this.#fault ??= fault;
  }

  takeField(name: string, value: string, truncated: boolean): void {
    if (name !== "sha256") {
      return;
    }
    if (this.#sha256 !== undefined || truncated) {
      this.fail(malformed("sha256", "There must be one part named sha256 with the file's checksum."));
    } else {
      this.#sha256 = value.trim().toLowerCase();
    }
  }

  takeFile(file: BusboyFileStream, filename: string | undefined, encoding: string): void {
    // busboy reports one fault on several streams; each is heard where it matters and must not end the
    // process elsewhere.
    file.on("error", () => {});
    if (this.#file) {
      this.fail(malformed("file", "There must be one part named file."));
    }
    try {
      if (this.#fault === undefined) {
        const bytes = decoded(file, encoding);
        this.#admit(filename ?? "");
        this.#file = { stream: file, name: filename ?? "", staging: this.#stage(file, bytes) };
        return;
      }
    } catch (fault) {
      this.fail(fault);
    }
    file.resume();
  }

  /** Ends the part that is being received: nothing more will come for it. */
  abort(fault: unknown): void {
    this.fail(fault);
    this.#file?.stream.destroy(fault instanceof Error ? fault : undefined);
  }

  async #stage(file: BusboyFileStream, bytes: AsyncIterable<Uint8Array>): Promise<StagedArtifact | null> {
    try {
      return await this.#artifacts.receive(bytes, { bytesMax: this.#bytesMax });
    } catch (fault) {
      const isTooLarge = fault instanceof HubError && fault.code === "body_too_large";
      this.fail(isTooLarge ? tooLarge(this.#bytesMax) : fault);
      file.resume();
      return null;
    }
  }

  async finish(): Promise<Upload> {
    const staged = await this.#file?.staging;
    if (this.#fault !== undefined) {
      throw this.#fault;
    }
    if (!staged || !this.#file) {
      throw malformed("file", "The part named file is missing.");
    }
    if (this.#sha256 !== undefined && this.#sha256 !== staged.sha256) {
      throw malformed(
        "sha256",
        "The file does not have the sha256 that was given: it was damaged on its way.",
      );
    }
    return { staged, filename: this.#file.name };
  }

  async discard(): Promise<void> {
    const staged = await this.#file?.staging;
    if (staged) {
      await this.#artifacts.discard(staged);
    }
  }
}

async function parseMultipart(source: UploadSource, parts: UploadParts, bodyBytesMax: number): Promise<void> {
  const boundary = boundaryOf(source.headers["content-type"]);
  const parser = openParser(boundary);
  const parsing = new Promise<"whole" | "broken">((resolve) => {
    parser.on("finish", () => resolve("whole"));
    parser.on("error", () => {
      parts.abort(malformed("file", "The multipart body is cut off or not well formed."));
      resolve("broken");
    });
  });
  parser.on("file", (_name, file, filename, encoding) => parts.takeFile(file, filename, encoding));
  parser.on("field", (name, value, _nameTruncated, truncated) => parts.takeField(name, value, truncated));
  try {
    await feed(parser, repairForm(boundary, whole(source.body, bodyBytesMax)), parsing);
  } catch (fault) {
    if (fault instanceof HubError) {
      parts.abort(fault.code === "body_too_large" ? tooLarge(source.bytesMax) : fault);
    } else {
      parts.abort(malformed("file", "The body is cut off."));
    }
    return;
  }
  parser.end();
  await parsing;
}

/** Reads all of the body, also after the parser has broken, and gives the parser what it can still use. */
async function feed(parser: Busboy, body: AsyncIterable<Buffer>, parsing: Promise<unknown>): Promise<void> {
  let broken = false;
  parser.on("error", () => {
    broken = true;
  });
  for await (const chunk of body) {
    if (!broken && !parser.write(chunk)) {
      await Promise.race([once(parser, "drain"), parsing]);
    }
  }
}

/**
 * Breaking off must not destroy the body: on a request that is the connection, and the refusal would have no
 * way back.
 */
async function* whole(body: Readable, bytesMax: number): AsyncIterable<Buffer> {
  let size = 0;
  for await (const chunk of body.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > bytesMax) {
      throw new HubError("body_too_large");
    }
    yield chunk;
  }
}

function once(parser: Busboy, event: "drain"): Promise<void> {
  return new Promise((resolve) => {
    parser.once(event, () => resolve());
  });
}

/** Throws `unsupported_media_type` for a body that is no form, `malformed_request` without a boundary. */
function boundaryOf(contentType: string | undefined): string {
  if (contentType === undefined || !/^multipart\/form-data\s*;/i.test(contentType)) {
    throw new HubError("unsupported_media_type");
  }
  const [, quoted, plain] = /;\s*boundary=(?:"([^"]{1,200})"|([^\s;"]{1,200}))/i.exec(contentType) ?? [];
  const boundary = quoted ?? plain;
  if (boundary === undefined) {
    throw malformed("file", "The multipart boundary is missing.");
  }
  return boundary;
}

function openParser(boundary: string): Busboy {
  return new Busboy({
    headers: { "content-type": `multipart/form-data; boundary="${boundary}"` },
    // Whatever its type and name, only this part is streamed; busboy would take any part with a file name for
    // a file.
    isPartAFile: (name) => name === "file",
    limits: { fieldSize: FIELD_BYTES_MAX, parts: PARTS_MAX, headerSize: HEADER_BYTES_MAX, headerPairs: 20 },
  });
}

function decoded(file: BusboyFileStream, encoding: string): AsyncIterable<Uint8Array> {
  // A reader that breaks off must leave the stream whole: destroyed, it would stop the parser, and the rest
  // of the body could not be read.
  const bytes = file.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>;
  switch (encoding.toLowerCase()) {
    case "base64":
      return decodeBase64(bytes);
    case "7bit":
    case "8bit":
    case "binary":
      return bytes;
    default:
      throw malformed("file", "The Content-Transfer-Encoding of the file is not known here.");
  }
}

function tooLarge(bytesMax: number): HubError {
  return new HubError("body_too_large", {
    explanation: `The file is larger than ${bytesMax / 1e6} MB, the largest that this hub accepts.`,
  });
}

function malformed(field: string, explanation: string): HubError {
  return new HubError("malformed_request", { field, explanation });
}
