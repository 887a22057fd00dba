import { setTimeout as delay } from "node:timers/promises";

const EVERY_MS = 100;
const TIMES_MAX = 150;

/** The first value of `look` that is not null. Fails after 15 seconds. */
export async function eventually<Value>(look: () => Promise<Value | null>): Promise<Value> {
  for (let time = 0; time < TIMES_MAX; time += 1) {
    const found = await look();
    if (found !== null) {
      return found;
    }
    await delay(EVERY_MS);
  }
  throw new Error("it did not happen in 15 seconds");
}
