import { artifactName } from "../../core/collection/manifest.ts";
import type { ByteRange, Bytes, CollectionVersion } from "../../core/collection/ports.ts";
import type { WireReply, WireRequest } from "../../http/dialect.ts";

/** What a request for a file asks (RFC 9110 §13 and §14). */
interface AskedDownload {
  readonly filename: string;
  readonly isHead: boolean;
  readonly range: string | undefined;
  readonly ifRange: string | undefined;
  readonly ifNoneMatch: string | undefined;
}

interface FoundDownload {
  readonly version: CollectionVersion;
  open(range?: ByteRange): Promise<Bytes>;
}

export function readDownload({ params, method, headers }: WireRequest): AskedDownload {
  return {
    filename: params.filename ?? "",
    isHead: method === "HEAD",
    range: headers.range,
    ifRange: text(headers["if-range"]),
    ifNoneMatch: headers["if-none-match"],
  };
}

function text(header: string | readonly string[] | undefined): string | undefined {
  return typeof header === "string" ? header : undefined;
}

/**
 * The file, the requested part of it, or 304 if the client has it already. The hash of the file is a strong
 * validator.
 */
export async function sendDownload(
  { version, open }: FoundDownload,
  asked: AskedDownload,
): Promise<WireReply> {
  const { size, sha256 } = version;
  const etag = `"${sha256}"`;
  const modified = new Date(version.createdAt).toUTCString();
  const headers = {
    etag,
    "last-modified": modified,
    "accept-ranges": "bytes",
    "content-disposition": `attachment; filename="${artifactName(version)}"`,
  };
  if (asked.ifNoneMatch !== undefined && matches(asked.ifNoneMatch, etag)) {
    return { status: 304, headers };
  }
  const isCurrent = asked.ifRange === undefined || asked.ifRange === etag || asked.ifRange === modified;
  const range = isCurrent && asked.range !== undefined ? readRange(asked.range, size) : "whole";
  if (range === "unsatisfiable") {
    return { status: 416, headers: { ...headers, "content-range": `bytes */${size}` } };
  }
  const part = range === "whole" ? { start: 0, end: size - 1 } : range;
  const sent = {
    status: range === "whole" ? 200 : 206,
    headers: {
      ...headers,
      "content-length": String(part.end - part.start + 1),
      ...(range === "whole" ? {} : { "content-range": `bytes ${part.start}-${part.end}/${size}` }),
    },
    contentType: "application/gzip",
  };
  return asked.isHead ? sent : { ...sent, body: (await open(part)).stream };
}

function matches(header: string, etag: string): boolean {
  return header.split(",").some((item) => ["*", etag].includes(item.trim().replace(/^W\//, "")));
}

/** One range of bytes; any other unit, several ranges or nonsense count as no range (RFC 9110 §14.2). */
function readRange(header: string, size: number): ByteRange | "whole" | "unsatisfiable" {
  const [, first = "", last = ""] = /^bytes=([0-9]{0,15})-([0-9]{0,15})$/.exec(header.trim()) ?? [];
  if (first === "") {
    const length = Math.min(Number(last), size);
    return last === "" ? "whole" : length === 0 ? "unsatisfiable" : { start: size - length, end: size - 1 };
  }
  const start = Number(first);
  const end = last === "" ? size - 1 : Math.min(Number(last), size - 1);
  if (last !== "" && Number(last) < start) {
    return "whole";
  }
  return start >= size ? "unsatisfiable" : { start, end };
}
