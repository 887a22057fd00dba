import { retireKey } from "../../core/master-key/retire-key.ts";
import { Keyring } from "../../core/secret/keyring.ts";
import type { Store } from "../../core/store.ts";
import { writeKeyFile } from "../../key-file.ts";
import { systemClock } from "../../system/clock.ts";
import { systemEntropy } from "../../system/entropy.ts";
import { answer, type Command, type Invocation } from "../command.ts";
import { CommandError, EXIT } from "../exit-codes.ts";
import { withStore } from "../open-store.ts";
import { keysAtHand } from "./versions.ts";

export const keyRetire: Command = {
  name: "key retire",
  summary: "Take an old version of the master key out of use.",
  words: ["VERSION"],
  flags: {
    "end-remaining": {
      doc: "End the credentials and client secrets that have not been used since the rotation.",
    },
  },
  doc: "Takes a version such as v1 out of use and out of the key file. Refuses (75) while active credentials or client secrets are kept under it: they move when they are used, or end with --end-remaining (reason: policy). Sessions from before the rotation end. A backup from before needs the old key for ever, so keep it as long as such a backup.",
  run: (invocation) => withStore(invocation, (store) => retire(invocation, store)),
};

async function retire(invocation: Invocation, store: Store): Promise<number> {
  const [word = ""] = invocation.words;
  const version = Number(/^v?([1-9][0-9]{0,2})$/.exec(word)?.[1]);
  if (!Number.isInteger(version)) {
    throw new CommandError(EXIT.usage, "give a version such as v1");
  }
  const { file, keys } = keysAtHand(invocation);
  const result = await retireKey({ store, keyring: new Keyring(keys), entropy: systemEntropy }, version, {
    endRemaining: invocation.flags.has("end-remaining"),
    now: systemClock.now(),
  });
  switch (result.outcome) {
    case "unknown":
      throw new CommandError(EXIT.usage, `the database needs no version ${version} of the master key`);
    case "current":
      throw new CommandError(
        EXIT.tryLater,
        `version ${version} is the current one: bring in another one first`,
      );
    case "in_use":
      throw new CommandError(
        EXIT.tryLater,
        `${result.credentials} active credentials and ${result.clients.length} client secrets are kept under v${version} and have not been used since. They move when they are used; --end-remaining ends them`,
      );
    case "done": {
      if (file !== null && keys.keys.has(version)) {
        const left = new Map([...keys.keys].filter(([known]) => known !== version));
        writeKeyFile(file, {
          current: keys.current === version ? Math.max(...left.keys()) : keys.current,
          keys: left,
        });
      }
      const { credentialsEnded, clientsEnded } = result;
      const next = file === null ? ` Take v${version} out of MINTMARK_MASTER_KEY.` : "";
      answer(
        invocation,
        { version: `v${version}`, credentialsEnded, clientsEnded },
        `v${version} is retired. ${credentialsEnded} credentials and ${clientsEnded.length} client secrets ended.${next}\n`,
      );
      return EXIT.done;
    }
  }
}
