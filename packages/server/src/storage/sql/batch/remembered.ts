import type { Writes } from "../../../core/store.ts";

/** Repositories whose methods change no account, session, client or shared grant. */
const UNRELATED: ReadonlySet<string> = new Set(["usage", "activity"]);
/** Reads that are remembered, each with one argument. */
const REMEMBERED: Readonly<Record<string, string>> = {
  accounts: "findById",
  sessions: "findById",
  clients: "find",
  sharedGrants: "sharedGrants",
};
/** Members of the writes that take care of themselves. */
const OWN: ReadonlySet<string> = new Set(["credentials", "announce"]);

/** What a batch remembers of reads by a key; many jobs ask for the same few. */
export type Remembered = Map<string, Promise<unknown>>;

export function rememberedKey(repo: "accounts" | "sessions", id: string): string {
  return `${repo} ${id}`;
}

/**
 * The writes of a batch, in which accounts, sessions, clients and shared grants are read by their key only
 * once: each read is a round trip under the lock that every node waits for. No other node changes them
 * meanwhile, because of that lock. Any other call that could change one makes all of them forgotten.
 * `beforeStatement` is called before a statement that may fail or depends on what waits to be written.
 */
export function remembering(writes: Writes, known: Remembered, beforeStatement: () => Promise<void>): Writes {
  const entries = Object.entries(writes).map(([name, repo]) =>
    OWN.has(name) ? [name, repo] : [name, watched(name, repo as object)],
  );
  return Object.fromEntries(entries) as Writes;

  function watched(name: string, repo: object): object {
    return new Proxy(repo, {
      get(target, method) {
        const member: unknown = Reflect.get(target, method, target);
        if (typeof member !== "function" || (name === "audit" && method === "append")) {
          return typeof member === "function" ? member.bind(target) : member;
        }
        const call = (...parameters: unknown[]): Promise<unknown> => member.apply(target, parameters);
        if (method === REMEMBERED[name]) {
          return (id: string) => remember(`${name} ${id}`, () => call(id));
        }
        return async (...parameters: unknown[]): Promise<unknown> => {
          await beforeStatement();
          if (UNRELATED.has(name) || name === "audit") {
            return call(...parameters);
          }
          known.clear();
          try {
            return await call(...parameters);
          } finally {
            known.clear();
          }
        };
      },
    });
  }

  function remember(key: string, read: () => Promise<unknown>): Promise<unknown> {
    const found = known.get(key) ?? read();
    known.set(key, found);
    return found;
  }
}
