import type { Writes } from "../../core/store.ts";

/** Repositories whose methods change no account, session or client. */
const UNRELATED: ReadonlySet<string> = new Set([
  "credentials",
  "audit",
  "usage",
  "activity",
  "announce",
  "sharedGrants",
]);
/** Repositories whose `findById` is remembered. */
const REMEMBERED: ReadonlySet<string> = new Set(["accounts", "sessions"]);

/**
 * The writes of a batch, in which accounts and sessions are read by id only once: many jobs ask for the same
 * few, and each answer is a round trip under the lock that every node waits for. No other node changes them
 * meanwhile, because of that lock. Any other call that could change one makes all of them forgotten.
 */
export function remembering(writes: Writes): { readonly writes: Writes; forget(): void } {
  const known = new Map<string, Promise<unknown>>();
  const entries = Object.entries(writes).map(([name, repo]) =>
    UNRELATED.has(name) ? [name, repo] : [name, watched(name, repo as object, known)],
  );
  return { writes: Object.fromEntries(entries) as Writes, forget: () => known.clear() };
}

function watched(name: string, repo: object, known: Map<string, Promise<unknown>>): object {
  return new Proxy(repo, {
    get(target, method) {
      const member: unknown = Reflect.get(target, method, target);
      if (typeof member !== "function") {
        return member;
      }
      const call = (...parameters: unknown[]): Promise<unknown> => member.apply(target, parameters);
      if (method !== "findById" || !REMEMBERED.has(name)) {
        return async (...parameters: unknown[]): Promise<unknown> => {
          known.clear();
          try {
            return await call(...parameters);
          } finally {
            known.clear();
          }
        };
      }
      return (id: string): Promise<unknown> => {
        const key = `${name} ${id}`;
        const found = known.get(key) ?? call(id);
        known.set(key, found);
        return found;
      };
    },
  });
}
