import { HubError } from "../../core/errors.ts";

const ALPHABET = /^[A-Za-z0-9+/]*={0,2}$/;

/**
 * Decodes base64 that arrives in pieces and lines (RFC 2045 §6.8), strictly: anything but its alphabet and
 * white space is malformed.
 */
export async function* decodeBase64(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let rest = "";
  let padded = false;
  for await (const chunk of source) {
    const text =
      rest +
      Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
        .toString("latin1")
        .replace(/[\r\n\t ]+/g, "");
    const whole = text.length - (text.length % 4);
    const quartets = text.slice(0, whole);
    rest = text.slice(whole);
    if (quartets === "") {
      continue;
    }
    if (padded || !ALPHABET.test(quartets)) {
      throw malformed();
    }
    padded = quartets.endsWith("=");
    yield Buffer.from(quartets, "base64");
  }
  if (rest !== "") {
    throw malformed();
  }
}

function malformed(): HubError {
  return new HubError("malformed_request", { field: "file", explanation: "The file is not whole base64." });
}
