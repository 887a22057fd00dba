import type { Reads } from "../../core/store.ts";

/**
 * Reads that may walk many rows: lists, counts, exports, what jobs look for. All others find a few rows by a
 * key.
 */
const LONG_READS: { readonly [Repo in keyof Reads]?: readonly (keyof Reads[Repo])[] } = {
  credentials: [
    "list",
    "count",
    "listDigests",
    "countOf",
    "countOlderThan",
    "findRotationsDue",
    "findThawsDue",
  ],
  statistics: ["summarize", "mostUsed"],
  audit: ["list", "count", "depth", "after"],
  accounts: [
    "list",
    "count",
    "countOf",
    "administrators",
    "countAdministrators",
    "withGrantOn",
    "isNamespaceGranted",
  ],
  warnings: ["expiringBetween", "endingByDisuse"],
  collections: ["listVersions", "versionPlaces", "collectionNames", "listNamespaces"],
};

interface ReadSources {
  readonly quick: Reads;
  /** Where long reads go at this moment; null if the quick source serves them too. */
  readonly long: () => Reads | null;
  readonly asFailure: (error: unknown) => Error;
}

/**
 * The reads of a store. A long read goes where it holds up nobody else. Every unexpected failure becomes
 * `store_unavailable`, so that no caller mistakes a lost database for a "no".
 */
export function readsFrom(sources: ReadSources): Reads {
  return Object.fromEntries(
    Object.keys(sources.quick).map((name) => [name, repoFrom(name as keyof Reads, sources)]),
  ) as unknown as Reads;
}

function repoFrom(name: keyof Reads, { quick, long, asFailure }: ReadSources): object {
  const longReads = new Set<unknown>(LONG_READS[name]);
  return new Proxy(quick[name], {
    get(repo, method) {
      const member: unknown = Reflect.get(repo, method, repo);
      if (typeof member !== "function") {
        return member;
      }
      return async (...parameters: unknown[]): Promise<unknown> => {
        const target = longReads.has(method) ? (long()?.[name] ?? repo) : repo;
        try {
          return await (member as (...all: unknown[]) => Promise<unknown>).apply(target, parameters);
        } catch (error) {
          throw asFailure(error);
        }
      };
    },
  });
}
