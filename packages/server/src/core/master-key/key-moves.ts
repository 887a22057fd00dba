import type { Client } from "../client/client.ts";
import type { Credential } from "../credential/credential.ts";
import type { CredentialIndex } from "../index/credential-index.ts";
import { Digest, type Keyring } from "../secret/keyring.ts";
import type { Store, Writes } from "../store.ts";

interface Move {
  readonly former: Digest;
  readonly digest: Digest;
}

/** How long a move may wait for others, so that they share a commit. */
const FLUSH_INTERVAL_MS = 1_000;
const BATCH = 200;
/** What does not fit is noted again with the next use. */
const WAITING_MAX = 10_000;

/**
 * Moves digests to the current version of the master key when their secrets are shown: a digest cannot be
 * made anew without the secret. A move is written in a batch, off the path of the request that shows the
 * secret.
 */
export class KeyMoves {
  readonly #store: Store;
  readonly #keyring: Keyring;
  readonly #index: CredentialIndex;
  readonly #credentials = new Map<string, Move>();
  readonly #clients = new Map<string, Move>();
  #timer: NodeJS.Timeout | null = null;
  #flushing: Promise<void> = Promise.resolve();

  constructor(parts: { readonly store: Store; readonly keyring: Keyring; readonly index: CredentialIndex }) {
    this.#store = parts.store;
    this.#keyring = parts.keyring;
    this.#index = parts.index;
  }

  /** `digests` are those of the secret that was shown, the current one first. */
  noteCredential(credential: Credential, digests: readonly Digest[]): void {
    const [digest] = digests;
    // Only upwards: a node that is still to change its current version must not move back what another moved.
    if (digest && credential.digestKeyVersion < digest.keyVersion) {
      const former = Digest.of(credential.digestKeyVersion, credential.digest);
      this.#note(this.#credentials, credential.id, { former, digest });
    }
  }

  noteClient({ id, secretDigest, secretKeyVersion }: Client, digests: readonly Digest[]): void {
    const [digest] = digests;
    if (
      digest &&
      secretDigest !== null &&
      secretKeyVersion !== null &&
      secretKeyVersion < digest.keyVersion
    ) {
      const former = Digest.of(secretKeyVersion, Buffer.from(secretDigest, "hex"));
      this.#note(this.#clients, id, { former, digest });
    }
  }

  /** Writes what waits. Never rejects: what could not be moved is noted again with its next use. */
  flush(): Promise<void> {
    if (this.#timer) {
      clearTimeout(this.#timer);
      this.#timer = null;
    }
    this.#flushing = this.#flushing.then(() => this.#write()).catch(() => undefined);
    return this.#flushing;
  }

  #note(waiting: Map<string, Move>, id: string, move: Move): void {
    if (waiting.size >= WAITING_MAX || move.digest.keyVersion !== this.#keyring.currentVersion) {
      return;
    }
    waiting.set(id, move);
    this.#timer ??= setTimeout(() => void this.flush(), FLUSH_INTERVAL_MS).unref();
  }

  async #write(): Promise<void> {
    for (const batch of batches(this.#credentials)) {
      for (const [, { digest }] of batch) {
        this.#index.digests.addBeforeInsert(digest);
      }
      await this.#store.write((writes) => moveCredentials(writes, batch));
    }
    for (const batch of batches(this.#clients)) {
      await this.#store.write((writes) => moveClients(writes, batch));
    }
  }
}

/** Takes the waiting ones out, some at a time. */
function* batches(waiting: Map<string, Move>): Generator<readonly (readonly [string, Move])[]> {
  while (waiting.size > 0) {
    const batch = [...waiting].slice(0, BATCH);
    for (const [id] of batch) {
      waiting.delete(id);
    }
    yield batch;
  }
}

async function moveCredentials(writes: Writes, batch: readonly (readonly [string, Move])[]): Promise<void> {
  for (const [id, { former, digest }] of batch) {
    if (await writes.keyVersions.moveCredential(id, former, digest)) {
      writes.announce({ of: "credential", id });
    }
  }
}

async function moveClients(writes: Writes, batch: readonly (readonly [string, Move])[]): Promise<void> {
  for (const [id, { former, digest }] of batch) {
    if (await writes.keyVersions.moveClient(id, former, digest)) {
      writes.announce({ of: "client", clientId: id });
    }
  }
}
