import type { Caller } from "../caller.ts";
import type { HubContext } from "../context.ts";
import { HubError } from "../errors.ts";
import { demand, demandSome, scopeOf } from "./access.ts";
import { type CollectionIdentity, parseArtifactName } from "./manifest.ts";
import type {
  ByteRange,
  Bytes,
  Collection,
  CollectionName,
  CollectionTexts,
  CollectionVersion,
  CollectionVersionSummary,
  PageOf,
  VersionFilter,
  VersionPage,
  VersionPlace,
} from "./ports.ts";

export interface Page {
  readonly limit: number;
  readonly offset: number;
}

export interface CollectionFilter {
  readonly namespace?: string | undefined;
  readonly name?: string | undefined;
}

/** How many code points of a text are read at once. */
const TEXT_PIECE = 131_072;

/**
 * Finds and reads published collections. Every method decides whether the caller may: `unauthenticated` or
 * `forbidden` are thrown before the answer reveals what exists.
 */
export class Collections {
  readonly #context: HubContext;

  constructor(context: HubContext) {
    this.#context = context;
  }

  /** The collections that the caller may download and the filter matches, newest first, or by name. */
  async list(
    page: Page & CollectionFilter & { readonly order?: "newest" | "name" },
    caller: Caller,
  ): Promise<PageOf<Collection>> {
    const { collections } = this.#context.store.read;
    const permitted = (await collections.collectionNames()).filter((name) =>
      caller.authority.permits(scopeOf(name, "download")),
    );
    if (permitted.length === 0) {
      demandSome(caller);
    }
    const names = permitted.filter((of) => matches(of, page));
    if (page.order === "name") {
      names.sort(byName);
    }
    return {
      items: await collections.findCollections(names.slice(page.offset, page.offset + page.limit)),
      count: names.length,
    };
  }

  async get(name: CollectionName, caller: Caller): Promise<Collection> {
    demand(caller, name, "download");
    const [found] = await this.#context.store.read.collections.findCollections([name]);
    if (!found) {
      throw new HubError("not_found");
    }
    return found;
  }

  /**
   * One page of a collection's versions, the highest first unless `order` says otherwise; none where the
   * collection does not exist. `isHighest` keeps the highest one only, or leaves it out.
   */
  async versions(
    name: CollectionName,
    page: VersionPage & { readonly isHighest?: boolean | undefined },
    caller: Caller,
  ): Promise<PageOf<CollectionVersionSummary>> {
    demand(caller, name, "download");
    const { collections } = this.#context.store.read;
    if (page.isHighest === undefined) {
      return collections.listVersions(name, page);
    }
    const [found] = await collections.findCollections([name]);
    const highest = found?.highestVersion;
    if (page.isHighest) {
      const fits = highest !== undefined && (page.only ?? highest) === highest;
      return fits ? collections.listVersions(name, { ...page, only: highest }) : { items: [], count: 0 };
    }
    return collections.listVersions(name, { ...page, except: highest });
  }

  /** One page of the versions of all collections that the caller may download and the filter matches. */
  async search(
    page: Page & VersionFilter & { readonly keywords?: string | undefined },
    caller: Caller,
  ): Promise<PageOf<CollectionVersion & VersionPlace>> {
    const { collections } = this.#context.store.read;
    const word = page.keywords?.toLowerCase() ?? "";
    // The versions of one collection follow one another, and all of them are found or none.
    let judged: { readonly name: string; readonly isFound: boolean } | null = null;
    const places = (await collections.versionPlaces(page)).filter((place) => {
      const name = `${place.namespace}.${place.name}`;
      if (judged?.name !== name) {
        const isFound = name.includes(word) && caller.authority.permits(scopeOf(place, "download"));
        judged = { name, isFound };
      }
      return judged.isFound;
    });
    if (places.length === 0) {
      demandSome(caller);
    }
    const shown = places.slice(page.offset, page.offset + page.limit);
    const versions = await collections.findVersions(shown.map(({ id }) => id));
    const highest = new Map(shown.map((place) => [place.id, place.isHighest]));
    return {
      items: versions.map((version) => ({ ...version, isHighest: highest.get(version.id) ?? false })),
      count: places.length,
    };
  }

  /** The version, if it is published and the caller may publish it; else `not_found`, `forbidden`. */
  async confirmPublished(identity: CollectionIdentity, caller: Caller): Promise<CollectionVersion> {
    demand(caller, identity, "upload");
    return this.version(identity, caller);
  }

  async version(identity: CollectionIdentity, caller: Caller): Promise<CollectionVersion> {
    demand(caller, identity, "download");
    const found = await this.#context.store.read.collections.findVersion(identity);
    if (!found) {
      throw new HubError("not_found");
    }
    return found;
  }

  /**
   * MANIFEST.json or FILES.json of a version that exists, in pieces: nobody waits while megabytes are read.
   * Rejects if the version is removed meanwhile.
   */
  async *readText(identity: CollectionIdentity, of: keyof CollectionTexts): AsyncGenerator<string> {
    for (let from = 0; ; from += TEXT_PIECE) {
      const piece = { of, from, length: TEXT_PIECE };
      const text = await this.#context.store.read.collections.readText(identity, piece);
      if (text === null) {
        throw new HubError("not_found", { detail: "the version was removed while it was read" });
      }
      yield text;
      // A code point is one or two units of a string, so a shorter string is the end.
      if (text.length < TEXT_PIECE) {
        return;
      }
    }
  }

  /**
   * A version by the name of its file, with a way to its bytes, or to a part of them. `open` throws
   * `store_unavailable` if the row exists and the file does not.
   */
  async download(
    filename: string,
    caller: Caller,
  ): Promise<{ readonly version: CollectionVersion; open(range?: ByteRange): Promise<Bytes> }> {
    const identity = parseArtifactName(filename);
    if (!identity) {
      demandSome(caller);
      throw new HubError("not_found");
    }
    const version = await this.version(identity, caller);
    return {
      version,
      open: async (range) => {
        const bytes = await this.#context.artifacts.open(version.sha256, range);
        if (!bytes) {
          throw new HubError("store_unavailable", {
            detail: `artifact ${version.sha256} is not in this node's artifact store`,
          });
        }
        return bytes;
      },
    };
  }
}

function matches(of: CollectionName, { namespace, name }: CollectionFilter): boolean {
  return (namespace ?? of.namespace) === of.namespace && (name ?? of.name) === of.name;
}

function byName(a: CollectionName, b: CollectionName): number {
  return `${a.namespace}.${a.name}` < `${b.namespace}.${b.name}` ? -1 : 1;
}
