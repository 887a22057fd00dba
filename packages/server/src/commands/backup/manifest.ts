import { createHash } from "node:crypto";
import type { BackupFacts } from "../../storage/sql/backup-facts.ts";

export const MANIFEST_NAME = "manifest.json";
export const DATABASE_NAME = "mintmark.sqlite";
/** The last entry: the hash of the manifest. An archive without it was cut short. */
export const SEAL_NAME = "manifest.sha256";
const FORMAT = 1;

export interface BackupFile {
  readonly name: string;
  readonly size: number;
  readonly sha256: string;
}

/** What a backup says of itself. Times are RFC 3339. */
export interface Manifest {
  readonly format: typeof FORMAT;
  /** The version of Mintmark that made it. */
  readonly version: string;
  readonly at: string;
  readonly store: "sqlite" | "postgres";
  /** The last audit event that the copy of the database holds. */
  readonly auditHead: { readonly seq: number; readonly hash: string };
  /** Tells the versions of the master key that a restore needs, without telling the keys. */
  readonly keyFingerprints: Readonly<Record<string, string>>;
  readonly migrations: readonly string[];
  readonly rows: { readonly credentials: number; readonly auditEvents: number };
  readonly files: readonly BackupFile[];
}

export function makeManifest(
  facts: BackupFacts,
  rest: Pick<Manifest, "version" | "at" | "store" | "files">,
): Manifest {
  const { auditHead, keyFingerprints, migrations, rows } = facts;
  return { format: FORMAT, ...rest, auditHead, keyFingerprints, migrations, rows };
}

export function artifactName(sha256: string): string {
  return `artifacts/${sha256.slice(0, 2)}/${sha256}.tar.gz`;
}

export function sealOf(manifestText: Buffer): string {
  return createHash("sha256").update(manifestText).digest("hex");
}

const FILE_NAME = /^(?:mintmark\.sqlite|artifacts\/([0-9a-f]{2})\/(\1[0-9a-f]{62})\.tar\.gz)$/;
const HASH = /^[0-9a-f]{64}$/;

/** The manifest in these bytes, or null if they are none that this version can read. */
export function readManifest(bytes: Buffer): Manifest | null {
  try {
    const manifest = JSON.parse(bytes.toString("utf8")) as Manifest;
    const isSound =
      manifest.format === FORMAT &&
      typeof manifest.version === "string" &&
      Number.isSafeInteger(manifest.auditHead.seq) &&
      HASH.test(manifest.auditHead.hash) &&
      !Number.isNaN(Date.parse(manifest.at)) &&
      typeof manifest.keyFingerprints === "object" &&
      manifest.files.every(isSoundFile) &&
      new Set(manifest.files.map(({ name }) => name)).size === manifest.files.length;
    return isSound ? manifest : null;
  } catch {
    return null;
  }
}

/**
 * Names are those that a backup makes and no others, so that none leads out of the directory it is restored
 * to.
 */
function isSoundFile({ name, size, sha256 }: BackupFile): boolean {
  const [, , artifact] = FILE_NAME.exec(name) ?? [undefined];
  const isNamed = FILE_NAME.test(name) && (artifact === undefined || artifact === sha256);
  return isNamed && Number.isSafeInteger(size) && size >= 0 && HASH.test(sha256);
}
