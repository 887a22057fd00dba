import type { CollectionIdentity, CollectionManifest } from "./manifest.ts";

/** The facts of one published version without its bulky parts. Times are epoch milliseconds. */
export interface CollectionVersionSummary extends CollectionIdentity {
  readonly id: string;
  readonly sha256: string;
  readonly size: number;
  readonly requiresAnsible: string | null;
  readonly createdAt: number;
}

export interface CollectionVersion extends CollectionVersionSummary {
  readonly manifest: CollectionManifest;
  readonly publishedBy: string;
}

/** MANIFEST.json and FILES.json exactly as published. They have megabytes, so they are read in pieces. */
export interface CollectionTexts {
  readonly manifestJson: string;
  readonly filesJson: string;
}

export interface CollectionName {
  readonly namespace: string;
  readonly name: string;
}

/** A collection is what its versions say: it comes into being with the first. */
export interface Collection extends CollectionName {
  /** Passes over pre-releases unless there is nothing else. */
  readonly highestVersion: string;
  readonly createdAt: number;
  readonly updatedAt: number;
}

export type ImportState = "completed" | "failed";

/** The record of one attempt to publish, kept so that the publisher can ask how it went. */
export interface CollectionImport {
  readonly id: string;
  readonly accountId: string;
  readonly namespace: string;
  readonly name: string;
  readonly version: string;
  readonly state: ImportState;
  readonly createdAt: number;
  readonly startedAt: number;
  readonly finishedAt: number;
  readonly error: { readonly code: string; readonly description: string } | null;
  readonly messages: readonly {
    readonly level: "INFO" | "WARNING" | "ERROR";
    readonly message: string;
    readonly at: number;
  }[];
}

export interface PageOf<Item> {
  readonly items: readonly Item[];
  /** How many there are on all pages. */
  readonly count: number;
}

export type VersionOrder = "highest" | "lowest" | "newest" | "oldest";

export interface VersionPage {
  readonly limit: number;
  readonly offset: number;
  /** `highest` first by precedence unless given. */
  readonly order?: VersionOrder | undefined;
  readonly only?: string | undefined;
  readonly except?: string | undefined;
}

/**
 * The kind of thing that a text claims to be, by its form alone. One of our own secrets has a mark and a
 * matching checksum: a credential's, a session's, or another (`other_secret`: a client's, a code). Whether it
 * is valid is for `look` to decide.
 */
export interface VersionFilter {
  readonly namespace?: string | undefined;
  readonly name?: string | undefined;
  readonly version?: string | undefined;
  /** Only the highest version of each collection, or only the others. */
  readonly isHighest?: boolean | undefined;
}

/** Where a version stands among all: little enough to hold thousands of them. */
export interface VersionPlace extends CollectionIdentity {
  readonly id: string;
  readonly createdAt: number;
  readonly isHighest: boolean;
}

/** A namespace with the texts that its owners gave it. Its first collection creates it. */
export interface Namespace {
  readonly name: string;
  /** Unique among the namespaces; what galaxy_ng's clients call its id. */
  readonly number: number;
  readonly company: string;
  readonly email: string;
  readonly avatarUrl: string;
  readonly description: string;
  readonly resources: string;
  readonly links: readonly { readonly name: string; readonly url: string }[];
  readonly createdAt: number;
}

export type NamespaceWords = Omit<Namespace, "name" | "number" | "createdAt">;

export interface CollectionReads {
  findVersion(identity: CollectionIdentity): Promise<CollectionVersion | null>;
  /**
   * The code points of a text from `from` on, at most `length` of them; empty behind its end. Null if the
   * version is gone.
   */
  readText(
    identity: CollectionIdentity,
    piece: { readonly of: keyof CollectionTexts; readonly from: number; readonly length: number },
  ): Promise<string | null>;
  /** The versions of these ids, in the order of the ids. */
  findVersions(ids: readonly string[]): Promise<readonly CollectionVersion[]>;
  /** One page of a collection's versions, and how many match on all pages. */
  listVersions(of: CollectionName, page: VersionPage): Promise<PageOf<CollectionVersionSummary>>;
  /** Every version that the filter matches: by name of the collection, then by precedence, highest first. */
  versionPlaces(filter: VersionFilter): Promise<readonly VersionPlace[]>;
  /** The names of all collections, or of those in a namespace; the youngest collection comes first. */
  collectionNames(namespace?: string): Promise<readonly CollectionName[]>;
  /** Those of the names that exist, in the order of the names. */
  findCollections(names: readonly CollectionName[]): Promise<readonly Collection[]>;
  /** By name, in the order of the database, beginning after the name `after`. */
  listNamespaces(page: { readonly after: string; readonly limit: number }): Promise<readonly Namespace[]>;
  findNamespace(name: string): Promise<Namespace | null>;
  findImport(id: string): Promise<CollectionImport | null>;
  /** Does any version have these bytes? */
  hasArtifact(sha256: string): Promise<boolean>;
}

export interface CollectionWrites extends CollectionReads {
  /**
   * Inserts the version unless one of that identity exists; returns the one that stands now. Of several at
   * once, one wins.
   */
  insertVersion(version: CollectionVersion & CollectionTexts): Promise<CollectionVersion>;
  /** True when there was one. */
  removeVersion(identity: CollectionIdentity): Promise<boolean>;
  /** Makes the namespace unless it exists; true when this call did. */
  insertNamespace(name: string, words: NamespaceWords, createdAt: number): Promise<boolean>;
  updateNamespace(name: string, words: Partial<NamespaceWords>): Promise<void>;
  removeNamespace(name: string): Promise<void>;
  insertImport(record: CollectionImport): Promise<void>;
  purgeImportsBefore(moment: number): Promise<void>;
}

/** Bytes that have arrived but count for nothing yet. A restart forgets them. */
export interface StagedArtifact {
  readonly path: string;
  readonly sha256: string;
  readonly size: number;
}

export type Inspection =
  | {
      readonly ok: true;
      readonly manifest: CollectionManifest;
      readonly manifestJson: string;
      readonly filesJson: string;
      readonly requiresAnsible: string | null;
    }
  /** The sentence names the file at fault. */
  | { readonly ok: false; readonly message: string };

export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

export interface Bytes {
  readonly stream: NodeJS.ReadableStream;
  readonly size: number;
}

export interface ArtifactStore {
  /**
   * Streams bytes to disk. Throws `body_too_large` past `bytesMax`; whenever it throws, nothing is left
   * behind.
   */
  receive(bytes: AsyncIterable<Uint8Array>, limits: { readonly bytesMax: number }): Promise<StagedArtifact>;
  /**
   * Checks that this is a sound collection tarball of that file name. "No" is a value, never an exception.
   */
  inspect(staged: StagedArtifact, filename: string): Promise<Inspection>;
  /**
   * Makes the staged bytes durable under their hash. Only then may a row name them. Doing it twice is
   * harmless.
   */
  publish(staged: StagedArtifact): Promise<void>;
  /** Forgets staged bytes; harmless for those that are published or forgotten already. */
  discard(staged: StagedArtifact): Promise<void>;
  /**
   * The bytes under that hash, or the part of them that `range` names (both ends included, within the size).
   * `size` is the size of the whole. Null if the hash is unknown.
   */
  open(sha256: string, range?: ByteRange): Promise<Bytes | null>;
}
