import type { IncomingMessage } from "node:http";

const NAME_LENGTH = 4;

/**
 * True for a request with two `Host` headers, of which a proxy may have read the other one (RFC 9112 §3.2).
 */
export function hasDoubledHost({ rawHeaders }: Pick<IncomingMessage, "rawHeaders">): boolean {
  let count = 0;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at];
    if (name?.length === NAME_LENGTH && name.toLowerCase() === "host") {
      count += 1;
    }
  }
  return count > 1;
}
