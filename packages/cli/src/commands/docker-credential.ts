import { hostname } from "node:os";
import { Failure, usageFailure } from "../failure.ts";
import { failureOf, type Session } from "../session.ts";
import { readPiped } from "../terminal.ts";
import { endShortSecret, shortSecret } from "./short-secret.ts";

/** The words that make clients go on without a log-in (docker-credential-helpers, credentials/error.go). */
const NOT_FOUND = "credentials not found in native keychain";
/** The user name that the registry log-in takes with an application token. */
const USERNAME = "$app";
const VERSION = "mintmark (docker credential helper protocol)";

/**
 * The protocol of docker's credential helpers, for the registries that a hub signs for: `get` answers with a
 * short application token made from the log-in that is kept, so nothing long-lived lies in a file of podman
 * or docker. A refusal goes to stdout, because that is what the clients show. Returns the exit code.
 */
export async function helpDocker(session: Session, verb: string): Promise<number> {
  const { stdout } = session.terminal;
  const answer = (text: string, code: number) => {
    stdout.write(`${text}\n`);
    return code;
  };
  try {
    switch (verb) {
      case "get":
        return answer(JSON.stringify(await get(session, hostOf(await readPiped(session.terminal)))), 0);
      case "store":
        await store(session, await readPiped(session.terminal));
        return 0;
      case "erase":
        await erase(session, hostOf(await readPiped(session.terminal)));
        return 0;
      case "list":
        return answer(JSON.stringify(list(session)), 0);
      case "version":
        return answer(VERSION, 0);
      default:
        throw usageFailure(`"${verb}" is not a verb; one of get, store, erase, list was expected`);
    }
  } catch (error) {
    const failure = failureOf(error, null);
    return failure.code === "usage" ? fail(failure) : answer(sentenceOf(failure), 1);
  }
}

function fail(failure: Failure): never {
  throw failure;
}

function sentenceOf({ message, advice }: Failure): string {
  return advice === null ? message : `${message} → ${advice}`;
}

async function get(session: Session, host: string) {
  const hub = await hubOf(session, host);
  if (hub === null) {
    throw new Failure(1, "not_found", NOT_FOUND);
  }
  const { secret } = await shortSecret(session.at(hub), host, {
    kind: "app_token",
    title: `${host} on ${hostname()}`,
  });
  return { ServerURL: host, Username: USERNAME, Secret: secret };
}

/** The registries that `get` answers for, each with its user name. */
function list(session: Session): Readonly<Record<string, string>> {
  const registries = session.hosts.all().flatMap(([, { registryHosts }]) => registryHosts);
  return Object.fromEntries(registries.map((host) => [host, USERNAME]));
}

/**
 * `podman login` stores what it was given. A registry of a hub needs nothing kept, another one has no place
 * here.
 */
async function store(session: Session, text: string): Promise<void> {
  const host = hostOf(serverOf(text));
  if ((await hubOf(session, host)) === null) {
    throw new Failure(1, "not_kept", `No hub signs for ${host}, and this helper keeps nothing`, {
      advice: `Remove ${host} from credHelpers, and mintmark from credsStore.`,
    });
  }
}

function serverOf(text: string): string {
  try {
    const { ServerURL } = JSON.parse(text) as { readonly ServerURL?: unknown };
    return String(ServerURL ?? "");
  } catch {
    // No cause: the words of the parser quote the text, which holds a password.
    throw new Failure(1, "malformed", "What stands on stdin is not the JSON of a log-in");
  }
}

async function erase(session: Session, host: string): Promise<void> {
  const hub = await hubOf(session, host);
  if (hub !== null) {
    await endShortSecret(session.at(hub), host);
  }
}

/** The hub that names the registry among those that trust it; null for every other registry. */
async function hubOf(session: Session, host: string): Promise<string | null> {
  const logins = session.hosts.all();
  const known = logins.find(([, { registryHosts }]) => registryHosts.includes(host));
  if (known !== undefined) {
    return known[0];
  }
  for (const [hub] of logins) {
    if (await namesNow(session.at(hub), host)) {
      return hub;
    }
  }
  return null;
}

/** Asks the hub for its registries anew, since an operator may have added one after the log-in. */
async function namesNow(session: Session, host: string): Promise<boolean> {
  try {
    const { registryHosts } = await (await session.client()).getEndpoints({ timeoutMs: 5_000 });
    session.hosts.update(session.hub, () => ({ registryHosts }));
    return registryHosts.includes(host);
  } catch {
    // A hub that is out of reach, or a log-in that has ended, says nothing about a registry of others.
    return false;
  }
}

/** `host:port` of what clients send: with or without a scheme, a path or a line break. */
function hostOf(text: string): string {
  return text
    .trim()
    .replace(/^https?:\/\//, "")
    .replace(/\/.*$/s, "");
}
