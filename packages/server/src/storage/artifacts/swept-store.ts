import type { ArtifactStore } from "../../core/collection/ports.ts";

export interface Sweep {
  readonly now: number;
  readonly olderThanMs: number;
  readonly isNamed?: (sha256: string) => Promise<boolean>;
}

/** An artifact store that can remove what a killed server left behind. */
export interface SweptArtifactStore extends ArtifactStore {
  /**
   * Removes this node's staged files older than `olderThanMs` and, if `isNamed` is given and the folder is
   * this node's own, published files that no row names; returns how many. `isNamed` may only be given before
   * the first request and if no other node uses the folder: later, a file may be a moment ahead of its row.
   */
  sweep(options: Sweep): Promise<number>;
}

export const SHA256 = /^[0-9a-f]{64}$/;
export const SUFFIX = ".tar.gz";
