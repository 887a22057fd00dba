import { randomBytes } from "node:crypto";
import type { Account } from "../core/account/account.ts";
import { type Credential, UNTOUCHED } from "../core/credential/credential.ts";
import { KINDS } from "../core/credential/kinds.ts";
import { newId } from "../core/ids.ts";
import type { Store } from "../core/store.ts";
import type { Clock } from "../core/world.ts";
import { entropy } from "./entropy.ts";

const DAY_MS = 86_400_000;
const ROWS_AT_ONCE = 1000;

/**
 * Gives an account that many active credentials, titled `Token 0` and up, made a second apart until now: app
 * tokens, every fourth used, every third with an end date months away. They are rows alone: nobody has their
 * secrets, and no event tells of them.
 */
export async function addManyCredentials(
  store: Store,
  owner: Account,
  count: number,
  clock: Clock,
): Promise<void> {
  const now = clock.now();
  const credentials = Array.from({ length: count }, (_, index): Credential => {
    const createdAt = now - (count - index) * 1000;
    return {
      id: newId({ now: () => createdAt }, entropy),
      kind: "app_token",
      ownerId: owner.id,
      title: `Token ${index}`,
      scopes: KINDS.app_token.defaultScopes ?? [],
      instance: null,
      clientId: null,
      hint: `mma_…${String(index).padStart(4, "0").slice(-4)}`,
      digest: randomBytes(32),
      digestKeyVersion: 1,
      createdAt,
      expiresAt: index % 3 === 0 ? now + (60 + (index % 97)) * DAY_MS : null,
      idleMs: null,
      lastUse:
        index % 4 === 0 ? { at: now - (index % 89) * 60_000, address: "192.0.2.7", agent: "podman/5" } : null,
      end: null,
      sealedSecret: null,
      ...UNTOUCHED,
    };
  });
  for (let from = 0; from < count; from += ROWS_AT_ONCE) {
    await store.write(async (writes) => {
      for (const credential of credentials.slice(from, from + ROWS_AT_ONCE)) {
        await writes.credentials.insert(credential, { slot: null, expiresOwn: true, idleOwn: false });
      }
    });
  }
}
