import { setTimeout as delay } from "node:timers/promises";
import { readKeyRecord } from "../../core/master-key/key-record.ts";
import type { Store } from "../../core/store.ts";
import { drawMasterKey, writeKeyFile } from "../../key-file.ts";
import { answer, type Command, type Invocation } from "../command.ts";
import { CommandError, EXIT } from "../exit-codes.ts";
import { withStore } from "../open-store.ts";
import { keysAtHand } from "./versions.ts";

const VERSION_MAX = 255;
/** A running server looks at the file more often than this. */
const TAKEN_UP_WAIT_MS = 6_000;
const POLL_MS = 200;

export const keyRotate: Command = {
  name: "key rotate",
  summary: "Bring in a new version of the master key.",
  words: [],
  flags: {},
  doc: "Writes a new version into the file that holds the master key; a running server takes it up within five seconds, and with several nodes it is used as soon as every node has it. If the key comes from the environment, a flag or the YAML file the command ends with 64 and says what to set. Keep a copy of the file: it now holds two keys, and both are needed until the old one is retired.",
  run: (invocation) => withStore(invocation, (store) => rotate(invocation, store)),
};

async function rotate(invocation: Invocation, store: Store): Promise<number> {
  const { file, keys } = keysAtHand(invocation);
  const next = Math.max(...keys.keys.keys()) + 1;
  if (file === null) {
    const former = [...keys.keys.keys()].map((version) => `v${version}:<the present one>`).join(",");
    throw new CommandError(
      EXIT.usage,
      `the master key does not come from a file, so it cannot be exchanged here. Make one with \`openssl rand -base64 32\`, set MINTMARK_MASTER_KEY=v${next}:<the new one>,${former} on every node, and restart them one after another`,
    );
  }
  const record = await readKeyRecord(store.read.settings);
  if (record !== null && record.current !== keys.current) {
    throw new CommandError(
      EXIT.tryLater,
      `version ${keys.current} is in the file and no server has taken it up yet. Start one first`,
    );
  }
  if (next > VERSION_MAX) {
    throw new CommandError(EXIT.usage, `there is no version after ${VERSION_MAX}`);
  }
  writeKeyFile(file, { current: next, keys: new Map([[next, drawMasterKey()], ...keys.keys]) });
  const isTakenUp = await waitFor(store, next);
  answer(
    invocation,
    { version: `v${next}`, file, takenUp: isTakenUp },
    isTakenUp
      ? `v${next} is the current version of the master key. Copy ${file} to where you keep the key.\n`
      : `v${next} is in ${file}, and the server will take it up when it runs. Copy the file to where you keep the key.\n`,
  );
  return EXIT.done;
}

async function waitFor(store: Store, version: number): Promise<boolean> {
  for (let waitedMs = 0; waitedMs < TAKEN_UP_WAIT_MS; waitedMs += POLL_MS) {
    if ((await readKeyRecord(store.read.settings))?.current === version) {
      return true;
    }
    await delay(POLL_MS);
  }
  return false;
}
