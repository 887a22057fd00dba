import { usageFailure } from "../failure.ts";
import type { Session } from "../session.ts";

/** Answers docker's or git's question for a credential. Returns the exit code. */
export async function helpClient(session: Session, client: string, verb: string): Promise<number> {
  switch (client) {
    case "docker":
      return (await import("./docker-credential.ts")).helpDocker(session, verb);
    case "git":
      return (await import("./git-credential.ts")).helpGit(session, verb);
    default:
      throw usageFailure(`"${client}" is not a client known here; docker or git was expected`);
  }
}
