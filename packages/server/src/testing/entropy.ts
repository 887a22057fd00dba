import { randomBytes } from "node:crypto";
import type { Entropy } from "../core/world.ts";

/** Real random bytes for tests of layers that may not import `system/`. */
export const entropy: Entropy = { bytes: (count) => randomBytes(count) };
