import type { Clock, Entropy } from "./world.ts";

const VARIANTS = "89ab";

let millisecond = { at: Number.NaN, hex: "" };

/**
 * A UUIDv7 (RFC 9562 §5.7): 48 bits of epoch milliseconds, then 74 random bits. Sorts by time of creation.
 */
export function newId(clock: Clock, entropy: Entropy): string {
  const time = hexOfTime(clock.now());
  const bytes = entropy.bytes(10);
  const random = bytes.toString("hex");
  const variant = VARIANTS.charAt((bytes[1] as number) & 3);
  return `${time.slice(0, 8)}-${time.slice(8)}-7${random.slice(0, 3)}-${variant}${random.slice(4, 7)}-${random.slice(8)}`;
}

/** Many ids are made in one millisecond. */
function hexOfTime(now: number): string {
  if (now !== millisecond.at) {
    millisecond = { at: now, hex: now.toString(16).padStart(12, "0") };
  }
  return millisecond.hex;
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Ids arrive in paths; text that is not a UUID is an unknown id without a look-up. */
export function isId(text: string): boolean {
  return UUID.test(text);
}
