import { CredentialIndex } from "../packages/server/src/core/index/credential-index.ts";
import { ask } from "../packages/server/src/core/looked.ts";
import { nextTurn } from "../packages/server/src/core/turn.ts";
import type { OpenHub } from "./hub.ts";

const LOOKED_UP = 20_000;
const LOOKED_UP_AT_ONCE = 10;

/** What the index does between requests: it grows while it learns, and forgets when it is full. */
export function indexWork({ server, store }: OpenHub): Readonly<Record<string, () => Promise<unknown>>> {
  const { index } = server.context;
  return {
    "the index learns and grows": () => {
      index.forgetAll();
      return index.learn();
    },
    [`${LOOKED_UP.toLocaleString("en")} look-ups in a full index`]: async () => {
      const full = new CredentialIndex(store, LOOKED_UP);
      await full.learn();
      let after = "";
      for (let from = 0; from < LOOKED_UP; from += LOOKED_UP_AT_ONCE) {
        // Few at a time: rows by the thousand would be measured too.
        const digests = await store.read.credentials.listDigests(after, LOOKED_UP_AT_ONCE);
        for (const { id } of digests) {
          await ask(full.credentialById(id));
          after = id;
        }
        await nextTurn();
      }
    },
  };
}
