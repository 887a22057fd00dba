import type { Writes } from "../store.ts";
import { nextTurn } from "../turn.ts";
import type { CredentialEnd } from "./credential.ts";
import type { CredentialsOf, Ended } from "./ports.ts";

/** A part takes a few milliseconds. */
const PART = 100;

/**
 * Ends every active credential of the filter inside one transaction, so that readers see all of
 * them end or none. It works in parts, and requests are answered in between. Returns which ended.
 */
export async function endEvery(
  writes: Writes,
  filter: CredentialsOf,
  end: CredentialEnd,
): Promise<readonly Ended[]> {
  const all: Ended[] = [];
  for (;;) {
    const ended = await writes.credentials.endWhere(filter, end, PART);
    all.push(...ended);
    if (ended.length < PART) {
      return all;
    }
    await nextTurn();
  }
}

/** Does something for each of them, and lets requests be answered in between. */
export async function forEvery(
  credentials: readonly Ended[],
  each: (credential: Ended) => Promise<void>,
): Promise<void> {
  for (const [at, credential] of credentials.entries()) {
    await each(credential);
    if (at % PART === PART - 1) {
      await nextTurn();
    }
  }
}
