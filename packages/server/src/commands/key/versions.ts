import type { MasterKeys } from "../../config/value-types.ts";
import { keyFileOf, readKeyFile } from "../../key-file.ts";
import type { Invocation } from "../command.ts";
import { CommandError, EXIT } from "../exit-codes.ts";

/**
 * The master keys that the options give, and the file that they come from, if any. Throws `CommandError` 78
 * without keys.
 */
export function keysAtHand({ config, origins }: Invocation): {
  readonly file: string | null;
  readonly keys: MasterKeys;
} {
  const file = keyFileOf(config, origins.masterKey);
  const keys = config.masterKey ?? (file === null ? null : readKeyFile(file));
  if (keys === null) {
    throw new CommandError(EXIT.config, `there is no master key in ${file ?? "MINTMARK_MASTER_KEY"}`);
  }
  return { file, keys };
}
