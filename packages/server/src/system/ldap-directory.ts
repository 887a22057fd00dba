import { Client, type Entry, ResultCodeError, SizeLimitExceededError } from "ldapts";
import { HubError } from "../core/errors.ts";
import type { Directory, ProviderIdentity, Recheck } from "../core/provider/ports.ts";
import type { Secret } from "../core/secret/secret.ts";

export interface LdapOptions {
  readonly url: string;
  readonly bindDn: string | undefined;
  readonly bindPassword: Secret | undefined;
  readonly base: string;
  /** With `{username}` where the escaped name goes. */
  readonly filter: string;
  readonly groupAttribute: string;
  /** PEM of the directory's own authority. */
  readonly ca: string | undefined;
}

const TIMEOUT_MS = 5_000;
/** Result codes by which a directory says no to a name and password (RFC 4511 §4.1.9). */
const REFUSALS = new Set([19, 32, 34, 48, 49, 50, 53]);
/** Binding to it takes as long as to a real entry; nobody has it. */
const NOBODY = "cn=nobody-at-all";
const ACCOUNT_DISABLED = 2;
const ISSUER = "ldap";
const DETAIL_MAX = 200;

/** A directory by the library ldapts: search for the name, then bind as the entry that was found. */
export class LdapDirectory implements Directory {
  readonly #options: LdapOptions;

  constructor(options: LdapOptions) {
    this.#options = options;
  }

  async authenticate(username: string, password: string): Promise<ProviderIdentity | null> {
    // An empty password is an anonymous bind, which succeeds (RFC 4513 §5.1.2).
    if (password === "") {
      return null;
    }
    const filter = this.#options.filter.replaceAll("{username}", escapeValue(username));
    const found = await this.#search(filter);
    const entry = found.length === 1 ? found[0] : undefined;
    const isRight = await this.#binds(entry?.dn ?? `${NOBODY},${this.#options.base}`, password);
    return entry && isRight && !isLocked(entry) ? this.#identityOf(entry, username) : null;
  }

  async recheck(subject: string): Promise<Recheck> {
    const [entry] = await this.#search(subjectFilter(subject));
    return entry && !isLocked(entry)
      ? { outcome: "accepted", identity: this.#identityOf(entry, null) }
      : { outcome: "refused" };
  }

  /** Nothing for a filter that fits several people: nobody knows which of them was meant. */
  async #search(filter: string): Promise<readonly Entry[]> {
    const { bindDn, bindPassword, base, groupAttribute } = this.#options;
    return this.#with(async (client) => {
      if (bindDn !== undefined) {
        await client.bind(bindDn, bindPassword?.reveal() ?? "");
      }
      const search = client.search(base, {
        scope: "sub",
        filter,
        sizeLimit: 2,
        attributes: [
          ...["entryUUID", "objectGUID", "uid", "sAMAccountName", "mail", "displayName", "cn"],
          ...["pwdAccountLockedTime", "userAccountControl", groupAttribute],
        ],
        explicitBufferAttributes: ["objectGUID"],
      });
      return search.then(
        ({ searchEntries }) => searchEntries,
        (error: unknown) => {
          if (error instanceof SizeLimitExceededError) {
            return [];
          }
          throw error;
        },
      );
    });
  }

  /** On a connection of its own: a bind changes whom the connection speaks for. */
  #binds(dn: string, password: string): Promise<boolean> {
    return this.#with(async (client) => {
      try {
        await client.bind(dn, password);
        return true;
      } catch (error) {
        if (error instanceof ResultCodeError && REFUSALS.has(error.code)) {
          return false;
        }
        throw error;
      }
    });
  }

  async #with<Result>(work: (client: Client) => Promise<Result>): Promise<Result> {
    const { url, ca } = this.#options;
    const tlsOptions = ca === undefined ? {} : { ca: [ca] };
    const client = new Client({
      url,
      timeout: TIMEOUT_MS,
      connectTimeout: TIMEOUT_MS,
      ...(url.startsWith("ldaps:") ? { tlsOptions } : {}),
    });
    try {
      if (needsStartTls(url)) {
        await client.startTLS({ ...tlsOptions, host: new URL(url).hostname });
      }
      return await work(client);
    } catch (error) {
      const detail =
        error instanceof Error ? `${error.name}: ${error.message}`.slice(0, DETAIL_MAX) : "unknown";
      throw new HubError("provider_unavailable", { cause: error, detail });
    } finally {
      await client.unbind().catch(() => undefined);
    }
  }

  #identityOf(entry: Entry, typed: string | null): ProviderIdentity {
    const email = firstOf(entry["mail"]);
    return {
      issuer: ISSUER,
      subject: subjectOf(entry),
      username: firstOf(entry["uid"]) ?? firstOf(entry["sAMAccountName"]) ?? typed,
      displayName: firstOf(entry["displayName"]) ?? firstOf(entry["cn"]),
      email,
      groups: textsOf(entry[this.#options.groupAttribute]),
      sid: null,
      refresh: null,
    };
  }
}

/** Plain text goes to this machine alone. */
function needsStartTls(url: string): boolean {
  const { protocol, hostname } = new URL(url);
  return protocol === "ldap:" && !["localhost", "127.0.0.1", "[::1]"].includes(hostname);
}

/** RFC 4515 §3. */
function escapeValue(text: string): string {
  return [...Buffer.from(text)]
    .map((byte) => (isPlain(byte) ? String.fromCharCode(byte) : escapeByte(byte)))
    .join("");
}

function isPlain(byte: number): boolean {
  return /[A-Za-z0-9._@+~#:-]/.test(String.fromCharCode(byte)) && byte < 128;
}

function escapeByte(byte: number): string {
  return `\\${byte.toString(16).padStart(2, "0")}`;
}

/** `entryUUID` as text, or `objectGUID` as `guid:` and hex. A name can change, so it is no key. */
function subjectOf(entry: Entry): string {
  const uuid = firstOf(entry["entryUUID"]);
  const guid = [entry["objectGUID"]].flat()[0];
  if (uuid !== null) {
    return uuid;
  }
  if (!Buffer.isBuffer(guid) || guid.length === 0) {
    throw new HubError("provider_unavailable", { detail: "an entry has neither entryUUID nor objectGUID" });
  }
  return `guid:${guid.toString("hex")}`;
}

function subjectFilter(subject: string): string {
  if (!subject.startsWith("guid:")) {
    return `(entryUUID=${escapeValue(subject)})`;
  }
  const bytes = [...Buffer.from(subject.slice("guid:".length), "hex")];
  return `(objectGUID=${bytes.map(escapeByte).join("")})`;
}

function isLocked(entry: Entry): boolean {
  const control = Number(firstOf(entry["userAccountControl"]) ?? 0);
  return firstOf(entry["pwdAccountLockedTime"]) !== null || (control & ACCOUNT_DISABLED) !== 0;
}

function textsOf(value: Entry[string] | undefined): readonly string[] {
  return [value ?? []]
    .flat()
    .map((one) => (Buffer.isBuffer(one) ? one.toString("utf8") : one))
    .filter(Boolean);
}

function firstOf(value: Entry[string] | undefined): string | null {
  return textsOf(value)[0] ?? null;
}
