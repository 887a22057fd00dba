import { randomBytes } from "node:crypto";
import type { Entropy } from "../core/world.ts";

/** The operating system's generator. */
export const systemEntropy: Entropy = { bytes: (count) => randomBytes(count) };
