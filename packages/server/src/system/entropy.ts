import { randomBytes } from "node:crypto";
import type { Entropy } from "../core/world.ts";

const POOL_BYTES = 4_096;
/** More than this is drawn by itself. */
const SHARE_BYTES_MAX = 256;

let pool = Buffer.alloc(0);
let taken = 0;

/**
 * The operating system's generator. Small draws come from a pool, since a call of the generator costs as much
 * for sixteen bytes as for thousands; what was handed out is wiped from the pool.
 */
export const systemEntropy: Entropy = {
  bytes: (count) => {
    if (count > SHARE_BYTES_MAX) {
      return randomBytes(count);
    }
    if (taken + count > pool.length) {
      pool = randomBytes(POOL_BYTES);
      taken = 0;
    }
    const bytes = Buffer.allocUnsafe(count);
    for (let at = 0; at < count; at += 1) {
      bytes[at] = pool[taken + at] as number;
      pool[taken + at] = 0;
    }
    taken += count;
    return bytes;
  },
};
