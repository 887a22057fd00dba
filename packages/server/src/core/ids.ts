import type { Clock, Entropy } from "./world.ts";

/** A UUIDv7 (RFC 9562 §5.7): 48 bits of epoch milliseconds, then random. Sorts by time of creation. */
export function newId(clock: Clock, entropy: Entropy): string {
  const bytes = Buffer.from(entropy.bytes(16));
  bytes.writeUIntBE(clock.now(), 0, 6);
  bytes[6] = ((bytes[6] as number) & 0x0f) | 0x70;
  bytes[8] = ((bytes[8] as number) & 0x3f) | 0x80;
  const hex = bytes.toString("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Ids arrive in paths; text that is not a UUID is an unknown id without a look-up. */
export function isId(text: string): boolean {
  return UUID.test(text);
}
