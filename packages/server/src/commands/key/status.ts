import { readKeyRecord } from "../../core/master-key/key-record.ts";
import { answer, type Command } from "../command.ts";
import { EXIT } from "../exit-codes.ts";
import { withStore } from "../open-store.ts";
import { keysAtHand } from "./versions.ts";

export const keyStatus: Command = {
  name: "key status",
  summary: "Show what is kept under each version of the master key.",
  words: [],
  flags: {},
  doc: "Prints each version of the master key with the number of active credentials and sealed values that are kept under it, and which one is current. Credentials move to the current version when they are used, sealed values by themselves.",
  run: (invocation) =>
    withStore(invocation, async (store) => {
      const { keys } = keysAtHand(invocation);
      const record = await readKeyRecord(store.read.settings);
      const uses = await store.read.keyVersions.uses();
      const needed = Object.keys(record?.fingerprints ?? {}).map(Number);
      const versions = [...new Set([...needed, ...keys.keys.keys(), ...uses.map(({ version }) => version)])];
      const rows = versions
        .sort((a, b) => b - a)
        .map((version) => {
          const use = uses.find((candidate) => candidate.version === version);
          const byKind = use?.credentials ?? {};
          return {
            version: `v${version}`,
            current: record?.current === version,
            needed: needed.includes(version),
            atHand: keys.keys.has(version),
            credentials: Object.values(byKind).reduce((sum, count) => sum + count, 0),
            byKind,
            clients: use?.clients.length ?? 0,
            sealed: use?.sealed ?? 0,
          };
        });
      const lines = rows.map(
        ({ version, current, atHand, credentials, clients, sealed }) =>
          `${version}${current ? " (current)" : ""}${atHand ? "" : " (not at hand)"}: ${credentials} active credentials, ${clients} clients, ${sealed} sealed values`,
      );
      answer(invocation, { versions: rows }, `${lines.join("\n")}\n`);
      return EXIT.done;
    }),
};
