import type { Reads } from "../../core/store.ts";

/**
 * Reads that find a few rows by a key, whatever the size of the store. All others may walk or return many
 * rows: lists, counts, exports, the work that jobs look for.
 */
const QUICK_READS: { readonly [Repo in keyof Reads]?: readonly (keyof Reads[Repo])[] } = {
  credentials: ["findByDigest", "findById", "findInSlot", "allInSlot"],
  accounts: ["findById", "findByUsername"],
  sharedGrants: ["sharedGrants"],
  sessions: ["findById", "findByDigest"],
  logins: ["failuresOf", "failuresFrom", "signedInAt"],
  instances: ["find"],
  clients: ["find", "findDeviceGrant"],
  keys: ["list"],
  audit: ["head", "sealedKey"],
  settings: ["get"],
  keyVersions: ["isKnownToNodes"],
  collections: ["findVersion", "findNamespace", "findImport", "hasArtifact"],
  services: ["isSteward", "clientOf"],
  links: ["find"],
  teams: ["findByName", "member"],
  webhooks: ["find", "findDelivery"],
  warnings: ["given"],
  mail: ["mailbox", "mutedCauses"],
};

interface ReadSources {
  readonly quick: Reads;
  /** The source of all other reads at this moment; null if the quick source serves them too. */
  readonly long: () => Reads | null;
  readonly asFailure: (error: unknown) => Error;
}

/**
 * The reads of a store. A read that may take long goes where it holds up nobody else. Every unexpected
 * failure becomes `store_unavailable`, so that no caller mistakes a lost database for a "no".
 */
export function readsFrom(sources: ReadSources): Reads {
  return Object.fromEntries(
    Object.keys(sources.quick).map((name) => [name, repoFrom(name as keyof Reads, sources)]),
  ) as unknown as Reads;
}

function repoFrom(name: keyof Reads, { quick, long, asFailure }: ReadSources): object {
  const quickReads = new Set<unknown>(QUICK_READS[name]);
  return new Proxy(quick[name], {
    get(repo, method) {
      const member: unknown = Reflect.get(repo, method, repo);
      if (typeof member !== "function") {
        return member;
      }
      return async (...parameters: unknown[]): Promise<unknown> => {
        const target = quickReads.has(method) ? repo : (long()?.[name] ?? repo);
        try {
          return await (member as (...all: unknown[]) => Promise<unknown>).apply(target, parameters);
        } catch (error) {
          throw asFailure(error);
        }
      };
    },
  });
}
