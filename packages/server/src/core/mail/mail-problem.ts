import type { Reads, Writes } from "../store.ts";

const SETTING = "mail_problem";

/** The answer with which the mail server refused the hub itself, until it takes a mail again; else null. */
export function mailProblem(reads: Pick<Reads, "settings">): Promise<string | null> {
  return reads.settings.get(SETTING);
}

/** Stores that answer, or null when a mail came through to the server's judgement of its recipient. */
export async function noteProblem(writes: Pick<Writes, "settings">, line: string | null): Promise<void> {
  const known = await writes.settings.get(SETTING);
  if (line !== null && line !== known) {
    await writes.settings.set(SETTING, line);
  } else if (line === null && known !== null) {
    await writes.settings.remove(SETTING);
  }
}
