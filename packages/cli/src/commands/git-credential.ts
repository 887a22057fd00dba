import { hostname } from "node:os";
import { usageFailure } from "../failure.ts";
import { failureOf, type Session } from "../session.ts";
import { readPiped } from "../terminal.ts";
import { endShortSecret, shortSecret } from "./short-secret.ts";

const PURPOSE = "git";

/**
 * The protocol of git's credential helpers (gitcredentials(7)), for repositories that a hub's own host serves
 * or guards: `get` answers with a personal token of one hour, `erase` ends it. A log-in that has ended is
 * told on stderr, and `quit=1` keeps git from asking for a password. Returns the exit code.
 */
export async function helpGit(session: Session, verb: string): Promise<number> {
  if (verb !== "get" && verb !== "store" && verb !== "erase") {
    throw usageFailure(`"${verb}" is not a verb; one of get, store, erase was expected`);
  }
  const asked = pairsOf(await readPiped(session.terminal));
  const hub = session.hosts
    .all()
    .map(([address]) => address)
    .find((address) => matches(new URL(address), asked));
  // Without an answer git asks the next helper. What git asks to store came from here.
  if (verb === "store" || hub === undefined) {
    return 0;
  }
  const { stdout, stderr } = session.terminal;
  try {
    const at = session.at(hub);
    const { username } = at.requireLogin();
    if (verb === "erase") {
      await endShortSecret(at, PURPOSE);
      return 0;
    }
    const { secret, expiresAt } = await shortSecret(at, PURPOSE, {
      kind: "personal_token",
      title: `git on ${hostname()}`,
      scopes: ["*:*:*"],
    });
    const expiry = Math.floor(expiresAt / 1000);
    stdout.write(`username=${username}\npassword=${secret}\npassword_expiry_utc=${expiry}\n`);
  } catch (error) {
    const { message, advice } = failureOf(error, hub);
    stderr.write(`mintmark: ${message}${advice === null ? "" : ` → ${advice}`}\n`);
    stdout.write("quit=1\n");
  }
  return 0;
}

function matches(hub: URL, asked: ReadonlyMap<string, string>): boolean {
  return asked.get("protocol") === hub.protocol.slice(0, -1) && asked.get("host") === hub.host;
}

function pairsOf(text: string): ReadonlyMap<string, string> {
  return new Map(
    text.split("\n").flatMap((line) => {
      const at = line.indexOf("=");
      return at < 0 ? [] : [[line.slice(0, at), line.slice(at + 1)] as const];
    }),
  );
}
