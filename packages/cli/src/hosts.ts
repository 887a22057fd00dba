import { homedir } from "node:os";
import { join } from "node:path";
import { EXIT, Failure, refusal, usageFailure } from "./failure.ts";
import { withLock } from "./files/lock.ts";
import { readPrivate, writePrivate } from "./files/private-file.ts";

/** A log-in at one hub, as it is kept between two runs. */
export interface Login {
  readonly username: string;
  /** The offline token of the client `mintmark-cli`. */
  readonly token: string;
  readonly credentialId: string;
  /** The registries that trust the hub, as it named them last. */
  readonly registryHosts: readonly string[];
  /** What `mintmark write` put where: the path, and the credential in it. */
  readonly written: readonly {
    readonly path: string;
    /** The tool and its registry or service: one file may hold several. */
    readonly place: string;
    readonly credentialId: string;
  }[];
}

interface Kept {
  readonly current: string | null;
  readonly hubs: Readonly<Record<string, Login>>;
}

const NOTHING: Kept = { current: null, hubs: {} };

type Env = Readonly<Record<string, string | undefined>>;

/** `$XDG_CONFIG_HOME/mintmark/hosts.json`: the log-ins of this user, readable by nobody else. */
export class Hosts {
  readonly path: string;

  constructor(env: Env) {
    const home = env["HOME"] ?? homedir();
    this.path = join(env["XDG_CONFIG_HOME"] || join(home, ".config"), "mintmark", "hosts.json");
  }

  /** The addresses of all hubs with a log-in. */
  all(): readonly (readonly [hub: string, login: Login])[] {
    return Object.entries(this.#read().hubs);
  }

  current(): string | null {
    return this.#read().current;
  }

  find(hub: string): Login | null {
    return this.#read().hubs[hub] ?? null;
  }

  /** Keeps a log-in and makes its hub the current one. */
  keep(hub: string, login: Login): void {
    this.#change(({ hubs }) => ({ current: hub, hubs: { ...hubs, [hub]: login } }));
  }

  /** Changes a log-in from what is kept now, since another run may have changed it meanwhile. */
  update(hub: string, change: (login: Login) => Partial<Login>): void {
    this.#change((kept) => {
      const login = kept.hubs[hub];
      return login ? { ...kept, hubs: { ...kept.hubs, [hub]: { ...login, ...change(login) } } } : kept;
    });
  }

  forget(hub: string): void {
    this.#change(({ current, hubs }) => {
      const others = Object.fromEntries(Object.entries(hubs).filter(([address]) => address !== hub));
      return { current: current === hub ? (Object.keys(others)[0] ?? null) : current, hubs: others };
    });
  }

  #read(): Kept {
    const text = readPrivate(this.path);
    if (text === null) {
      return NOTHING;
    }
    try {
      const kept = JSON.parse(text) as Partial<Kept>;
      return { current: kept.current ?? null, hubs: kept.hubs ?? {} };
    } catch {
      // No cause: the words of the parser quote the file.
      throw refusal("hosts_unreadable", `${this.path} is not JSON`, `Move it away, then run: mintmark login`);
    }
  }

  #change(change: (kept: Kept) => Kept): void {
    withLock(`${this.path}.lock`, () =>
      writePrivate(this.path, `${JSON.stringify(change(this.#read()), null, 2)}\n`),
    );
  }
}

/** The address of a hub as it is kept: without a slash at its end. Throws a usage failure. */
export function hubAddress(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  const plain = url && /^https?:$/.test(url.protocol) && url.search === "" && url.hash === "";
  if (!url || !plain || url.username !== "" || url.password !== "") {
    throw usageFailure(
      `"${text}" is not the address of a hub; an http or https URL such as https://hub.example.com was expected`,
    );
  }
  return url.href.replace(/\/+$/, "");
}

/** The hub that a command is about: `--hub`, `MINTMARK_HUB`, or the one that was logged in to last. */
export function chooseHub(hosts: Hosts, asked: string | undefined, env: Env): string {
  const named = asked ?? env["MINTMARK_HUB"];
  if (named !== undefined && named !== "") {
    return hubAddress(named);
  }
  const current = hosts.current();
  if (current === null) {
    throw notLoggedIn(null);
  }
  return current;
}

export function notLoggedIn(hub: string | null): Failure {
  return new Failure(
    EXIT.refused,
    "not_logged_in",
    hub === null ? "You are not logged in to any hub" : `You are not logged in to ${hub}`,
    { advice: `Run: mintmark login --hub ${hub ?? "https://hub.example.com"}` },
  );
}
