import type { CheckSecretAnswer } from "@mintmark/sdk";
import { EXIT, refusal, usageFailure } from "../failure.ts";
import { dayOf, distance } from "../moment.ts";
import type { Session } from "../session.ts";
import { readSecretFrom } from "../terminal.ts";

/** Whether the secret on stdin is good, and why not. Counts as no use. Returns the exit code. */
export async function checkSecret(session: Session, source: string | undefined): Promise<number> {
  if (source !== undefined && source !== "-") {
    throw usageFailure(
      "check reads the secret from stdin; a secret in the arguments could be read by every user of the machine",
      "For example: mintmark check < token.txt",
    );
  }
  const secret = (await readSecretFrom(session.terminal, "Secret: ")).trim();
  if (secret === "") {
    throw refusal("malformed", "stdin holds no secret", "For example: mintmark check < token.txt");
  }
  const answer = await ask(session, secret);
  session.show(answer, [sentenceOf(answer)]);
  return answer.active ? EXIT.good : EXIT.refused;
}

/** What the hub says about a secret, without a log-in. */
export async function ask(session: Session, secret: string): Promise<CheckSecretAnswer> {
  return (await session.anonymous()).checkSecret({ secret });
}

export function sentenceOf({ active, reason, explanation, credential }: CheckSecretAnswer): string {
  if (!active || credential === null) {
    return explanation ?? NOT_FOUND[reason ?? ""] ?? "This secret is not good.";
  }
  const { kind, title, hint } = credential;
  const ends = [credential.expiresAt, credential.idleExpiresAt].filter((end) => end !== null).sort();
  const end = ends[0] === undefined ? "never expires" : `expires ${dayOf(ends[0])} (${distance(ends[0])})`;
  return `This ${kind}${title === null ? "" : ` "${title}"`} (${hint}) is active; it ${end}.`;
}

const NOT_FOUND: Readonly<Record<string, string>> = {
  malformed: "This is not a secret of a hub: its form is wrong, or a character is missing.",
  unknown: "This hub does not know the secret.",
  owner_inactive: "The account of this secret is disabled.",
};
