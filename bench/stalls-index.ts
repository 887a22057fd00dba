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
      const digests = await store.read.credentials.listDigests("", LOOKED_UP);
      for (const [at, { id }] of digests.entries()) {
        await ask(full.credentialById(id));
        if (at % LOOKED_UP_AT_ONCE === 0) {
          await nextTurn();
        }
      }
    },
  };
}
