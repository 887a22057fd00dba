import { backup } from "./backup/backup.ts";
import { restore } from "./backup/restore.ts";
import { checkConfig } from "./check-config.ts";
import type { Command } from "./command.ts";
import { keyRetire } from "./key/retire.ts";
import { keyRotate } from "./key/rotate.ts";
import { keyStatus } from "./key/status.ts";
import { resetPassword } from "./reset-password.ts";

/** Every command of `mintmark-server` except serving. */
export const COMMANDS: readonly Command[] = [
  checkConfig,
  backup,
  restore,
  keyStatus,
  keyRotate,
  keyRetire,
  resetPassword,
];
