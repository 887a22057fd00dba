import { MintmarkError } from "./error.ts";

// fetch repeats an address or a header that it does not like in its error, secrets and all. So it is never
// given one.
const SENDABLE = /^[\x21-\x7e]+$/;

/** The header that shows `secret`, without white space around it. Throws `unusable_bearer`. */
export function bearerHeader(secret: string): string {
  const trimmed = secret.trim();
  if (!SENDABLE.test(trimmed)) {
    throw new MintmarkError({
      code: "unusable_bearer",
      status: 0,
      message: "The bearer is empty or has characters that no secret has.",
    });
  }
  return `Bearer ${trimmed}`;
}
