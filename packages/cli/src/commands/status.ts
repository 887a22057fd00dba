import { EXIT } from "../failure.ts";
import { dayOf, distance, durationMs } from "../moment.ts";
import type { Session } from "../session.ts";
import { style } from "../terminal.ts";
import { allCredentials, endOf, nameOf } from "./token.ts";

const SHOWN_MAX = 10;

/** Who is logged in, and which credentials expire when. Exits with 2 if one expires `--within` that time. */
export async function showStatus(session: Session, options: { readonly within?: string }): Promise<number> {
  const within = options.within === undefined ? null : durationMs(options.within, "--within");
  const { username, credentialId } = session.requireLogin();
  const credentials = await allCredentials(session, { state: "active" });
  const ending = credentials
    .flatMap((one) => {
      const end = endOf(one);
      return end === null ? [] : [{ id: one.id, name: nameOf(one), end, isLogIn: one.id === credentialId }];
    })
    .sort((one, other) => (one.end < other.end ? -1 : 1));
  const limit = within === null ? null : Date.now() + within;
  const soon = limit === null ? [] : ending.filter(({ end }) => Date.parse(end) <= limit);
  session.show({ hub: session.hub, username, active: credentials.length, ending, soon: soon.length }, [
    `${session.hub}: logged in as ${username}; ${credentials.length} active credentials.`,
    ...ending.slice(0, SHOWN_MAX).map(({ name, end, isLogIn }) => {
      const line = `  ${dayOf(end)}  ${distance(end).padEnd(14)}  ${name}${isLogIn ? ", this log-in" : ""}`;
      return soon.some((one) => one.end === end) ? style(session.terminal, "red", line) : line;
    }),
    ...(ending.length > SHOWN_MAX ? [`  … and ${ending.length - SHOWN_MAX} more that expire`] : []),
    ...(ending.length === 0 ? ["  Nothing expires."] : []),
  ]);
  if (soon.length > 0) {
    session.say(`${soon.length} expire within ${options.within}. → mintmark token rotate, or use them.`);
  }
  return soon.length > 0 ? EXIT.refused : EXIT.good;
}
