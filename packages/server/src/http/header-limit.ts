import type { IncomingMessage } from "node:http";
import { HubError } from "../core/errors.ts";
import type { AnyRoute } from "./dialect.ts";

/**
 * What the parser takes. It is more than requests may have, because what the parser itself refuses has lost
 * its request line, and with it the system in whose shape it is to be answered.
 */
export const HEADER_BYTES_PARSED_MAX = 524_288;
/** A proxy such as nginx passes on blocks of 32 KB, cookies of other applications among them. */
const HEADER_BYTES_MAX = 65_536;
/** The colon, the blank and the line break of a header line. */
const LINE_BYTES = 4;
/** Node passes over the lines behind the thousandth: a request with that many is not read as a whole. */
const LINES_MAX = 999;

/** True if the request line and the header lines together are longer than a request may have. */
export function hasTooLargeHeaders({ url = "", rawHeaders }: IncomingMessage): boolean {
  let bytes = url.length + (rawHeaders.length / 2) * LINE_BYTES;
  for (const text of rawHeaders) {
    bytes += text.length;
  }
  return bytes > HEADER_BYTES_MAX || rawHeaders.length > LINES_MAX * 2;
}

/** Refuses such a request in the shape of the system whose prefix it bears, before anything else reads it. */
export const REFUSE_LARGE_HEADERS: AnyRoute = {
  method: "GET",
  path: "",
  access: "public",
  handle: () => {
    throw new HubError("headers_too_large");
  },
};
