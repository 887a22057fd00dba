import { setTimeout as sleep } from "node:timers/promises";
import { Failure, refusal, usageFailure } from "../failure.ts";
import { hubAddress } from "../hosts.ts";
import type { DeviceLogin, OAuth, Tokens } from "../oauth.ts";
import { failureOf, type Session } from "../session.ts";
import { readPiped, style } from "../terminal.ts";

export interface LoginOptions {
  readonly username?: string;
  readonly passwordStdin?: true;
}

const SLOW_DOWN_MS = 5_000;

/** Logs in and keeps an offline token, by device (RFC 8628) or with a password from stdin. */
export async function logIn(session: Session, options: LoginOptions): Promise<void> {
  const { hub, hosts } = session;
  if ((options.username === undefined) !== (options.passwordStdin === undefined)) {
    throw usageFailure(
      "--username and --password-stdin go together",
      "For example: mintmark login --username ada --password-stdin < password.txt",
    );
  }
  const started = await session.oauth.startDeviceLogin();
  const tokens =
    options.username === undefined
      ? await waitForPerson(session, started)
      : await approveByPassword(session, started, options.username);
  const client = await session.clientWith(tokens.accessToken);
  const [{ user }, endpoints] = await Promise.all([client.getSession(), client.getEndpoints()]);
  const username = user?.username ?? "";
  const former = hosts.find(hub);
  hosts.keep(hub, {
    username,
    token: tokens.offlineToken,
    credentialId: tokens.credentialId,
    registryHosts: endpoints.registryHosts,
    written: former?.username === username ? former.written : [],
  });
  if (former !== null) {
    // The former log-in has no use any more; that it cannot be ended now must not undo the new one.
    await session.oauth.revoke(former.token).catch(() => undefined);
  }
  session.show({ hub, username }, [
    `${style(session.terminal, "green", "Logged in")} to ${hub} as ${username}.`,
  ]);
}

async function waitForPerson(session: Session, started: DeviceLogin): Promise<Tokens> {
  const { stderr } = session.terminal;
  stderr.write(`Open ${started.pageWithCode}\n`);
  stderr.write(`and approve the code ${style(session.terminal, "bold", started.userCode, stderr)}.\n`);
  stderr.write("Waiting for your answer …\n");
  const { oauth } = session;
  let intervalMs = started.intervalMs;
  while (Date.now() < started.expiresAt) {
    await sleep(intervalMs);
    const answer = await poll(oauth, started);
    if (answer === "slow_down") {
      intervalMs += SLOW_DOWN_MS;
    } else if (answer !== "pending") {
      return answer;
    }
  }
  throw refusal("expired_token", "Nobody approved the code in time", "Run mintmark login again.");
}

/** One poll; a hub that is out of reach for a moment is asked again at the next interval (RFC 8628 §3.5). */
async function poll(oauth: OAuth, started: DeviceLogin) {
  try {
    return await oauth.pollDeviceLogin(started);
  } catch (error) {
    if ((error as { readonly code?: string }).code === "unreachable") {
      return "pending";
    }
    throw error;
  }
}

/** Signs in with the password and approves the device log-in in the person's name. */
async function approveByPassword(session: Session, started: DeviceLogin, username: string): Promise<Tokens> {
  if (session.terminal.stdin.isTTY === true) {
    throw usageFailure("--password-stdin reads the password from stdin, which is a terminal", null);
  }
  const password = await readPiped(session.terminal);
  const anonymous = await session.anonymous();
  const { accessToken } = await anonymous.openSession({ username, password });
  const person = await session.clientWith(accessToken);
  try {
    const answer = await session.fetch(`${session.hub}/device/answer`, {
      method: "POST",
      headers: { authorization: `Bearer ${accessToken}` },
      body: new URLSearchParams({ user_code: started.userCode, answer: "approve" }),
      redirect: "error",
    });
    if (!answer.ok) {
      throw refusal("refused", `${session.hub} refused to approve the log-in (${answer.status})`);
    }
    const tokens = await session.oauth.pollDeviceLogin(started);
    if (typeof tokens === "string") {
      throw refusal("refused", `${session.hub} did not take the approval`);
    }
    return tokens;
  } finally {
    await person.closeSession().catch(() => undefined);
  }
}

/**
 * Ends the kept log-in at the hub and forgets it. With `force` it is forgotten here even if the hub cannot
 * be told; its token is then good until it ends by itself. Throws `unreachable`.
 */
export async function logOut(session: Session, { force }: { readonly force?: true }): Promise<void> {
  const { token, username, credentialId } = session.requireLogin();
  let ended = true;
  try {
    await session.oauth.revoke(token);
  } catch (error) {
    if (force !== true) {
      const { exitCode, code, message } = failureOf(error, session.hub);
      throw new Failure(exitCode, code, `${message}; the log-in is kept`, {
        advice: "Try again, or forget it here alone with: mintmark logout --force",
      });
    }
    ended = false;
  }
  session.hosts.forget(session.hub);
  session.show({ hub: session.hub, username, ended }, [
    ended
      ? `Logged out of ${session.hub}.`
      : `Forgot the log-in at ${session.hub}. The hub could not be told: revoke the credential ${credentialId} there.`,
  ]);
}

/** The address for a log-in: `--hub`, `MINTMARK_HUB`, or the current hub. */
export function requireHub(session: Session): void {
  const asked = session.options.hub ?? session.terminal.env["MINTMARK_HUB"];
  if (asked === undefined && session.hosts.current() === null) {
    throw usageFailure("No hub is named", "Run: mintmark login --hub https://hub.example.com");
  }
  hubAddress(session.hub);
}
