import type { CollectionIdentity, CollectionManifest } from "./manifest.ts";

/** What is known of one published version without its bulky parts. Times are epoch milliseconds. */
export interface CollectionVersionSummary extends CollectionIdentity {
  readonly id: string;
  readonly sha256: string;
  readonly size: number;
  readonly requiresAnsible: string | null;
  readonly createdAt: number;
}

export interface CollectionVersion extends CollectionVersionSummary {
  readonly manifest: CollectionManifest;
  /** MANIFEST.json and FILES.json as they were published, for whoever asks for them word for word. */
  readonly manifestJson: string;
  readonly filesJson: string;
  readonly publishedBy: string;
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

export interface CollectionReads {
  findVersion(identity: CollectionIdentity): Promise<CollectionVersion | null>;
  /** By precedence, highest first. */
  listVersions(
    of: CollectionName,
    page: { readonly limit: number; readonly offset: number },
  ): Promise<PageOf<CollectionVersionSummary>>;
  /** Every collection's name, in order. */
  collectionNames(): Promise<readonly CollectionName[]>;
  /** Those of the names that exist, in order. */
  findCollections(names: readonly CollectionName[]): Promise<readonly Collection[]>;
  findImport(id: string): Promise<CollectionImport | null>;
  /** Does any version have these bytes? */
  hasArtifact(sha256: string): Promise<boolean>;
}

export interface CollectionWrites extends CollectionReads {
  /** Inserts the version unless one of that identity exists; returns the one that stands now. Of several at once, one wins. */
  insertVersion(version: CollectionVersion): Promise<CollectionVersion>;
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

export interface ArtifactStore {
  /** Streams bytes to disk. Throws `body_too_large` past `bytesMax`; whenever it throws, nothing is left behind. */
  receive(bytes: AsyncIterable<Uint8Array>, limits: { readonly bytesMax: number }): Promise<StagedArtifact>;
  /** Is this a sound collection tarball of that file name? "No" is a value, never an exception. */
  inspect(staged: StagedArtifact, filename: string): Promise<Inspection>;
  /** Makes the staged bytes durable under their hash. Only then may a row name them. Doing it twice is harmless. */
  publish(staged: StagedArtifact): Promise<void>;
  /** Forgets staged bytes; harmless for those that are published or forgotten already. */
  discard(staged: StagedArtifact): Promise<void>;
  /** Null where there are no such bytes. */
  open(sha256: string): Promise<{ readonly stream: NodeJS.ReadableStream; readonly size: number } | null>;
}
