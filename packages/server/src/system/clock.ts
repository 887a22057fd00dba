import type { Clock } from "../core/world.ts";

export const systemClock: Clock = { now: () => Date.now() };
