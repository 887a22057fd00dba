import { createHash } from "node:crypto";
import { join } from "node:path";
import { Transform } from "node:stream";
import type { ByteRange, Bytes, Inspection, StagedArtifact } from "../../../core/collection/ports.ts";
import { HubError } from "../../../core/errors.ts";
import { Staging } from "../staging.ts";
import { SHA256, SUFFIX, type Sweep, type SweptArtifactStore } from "../swept-store.ts";
import { S3Bucket, type S3Keys, type S3Place } from "./s3-bucket.ts";

/**
 * Collection tarballs in an S3 bucket, under the hash of their bytes, for any number of nodes. Uploads are
 * staged and inspected on the node's own disk. The server checks the hash of what it is given; what it gives
 * back is checked here. An object is whole before the row that names it is written.
 */
export class S3ArtifactStore implements SweptArtifactStore {
  readonly #bucket: S3Bucket;
  readonly #staging: Staging;

  private constructor(bucket: S3Bucket, staging: Staging) {
    this.#bucket = bucket;
    this.#staging = staging;
  }

  static async open(place: S3Place, keys: S3Keys, dataDirectory: string): Promise<S3ArtifactStore> {
    const staging = await Staging.open(join(dataDirectory, "artifacts", "tmp"));
    return new S3ArtifactStore(new S3Bucket(place, keys), staging);
  }

  /** Throws unless the bucket can be read now. */
  check(): Promise<void> {
    return this.#bucket.check();
  }

  receive(bytes: AsyncIterable<Uint8Array>, limits: { readonly bytesMax: number }): Promise<StagedArtifact> {
    return this.#staging.receive(bytes, limits);
  }

  inspect(staged: StagedArtifact, filename: string): Promise<Inspection> {
    return this.#staging.inspect(staged, filename);
  }

  async publish(staged: StagedArtifact): Promise<void> {
    await orUnavailable(this.#bucket.put(keyOf(staged.sha256), staged));
    await this.discard(staged);
  }

  discard(staged: StagedArtifact): Promise<void> {
    return this.#staging.discard(staged);
  }

  async open(sha256: string, range?: ByteRange): Promise<Bytes | null> {
    const object = SHA256.test(sha256) ? await orUnavailable(this.#bucket.get(keyOf(sha256), range)) : null;
    if (object === null) {
      return null;
    }
    const { stream, headers } = object;
    const size = Number(/\/([0-9]+)$/.exec(headers["content-range"] ?? "")?.[1] ?? headers["content-length"]);
    const isWhole = range === undefined || (range.start === 0 && range.end === size - 1);
    if (!isWhole) {
      return { stream, size };
    }
    const checked = new HashChecked(sha256);
    stream.on("error", (error) => checked.destroy(error));
    checked.on("close", () => stream.destroy());
    return { stream: stream.pipe(checked), size };
  }

  /**
   * Published objects stay, also those that no row names: another hub, or a restored copy of this one, may
   * use the same bucket.
   */
  sweep({ now, olderThanMs }: Sweep): Promise<number> {
    return this.#staging.sweep(now - olderThanMs);
  }
}

function keyOf(sha256: string): string {
  return `${sha256.slice(0, 2)}/${sha256}${SUFFIX}`;
}

/** Fails before its end unless the bytes have this hash, so that a client sees a broken transfer. */
class HashChecked extends Transform {
  readonly #sha256: string;
  readonly #hash = createHash("sha256");
  /** Kept back until the hash is known. */
  #last: Buffer | null = null;

  constructor(sha256: string) {
    super();
    this.#sha256 = sha256;
  }

  override _transform(chunk: Buffer, _encoding: string, done: (error: null, chunk?: Buffer) => void): void {
    this.#hash.update(chunk);
    const before = this.#last;
    this.#last = chunk;
    done(null, before ?? undefined);
  }

  override _flush(done: (error: Error | null, chunk?: Buffer) => void): void {
    if (this.#hash.digest("hex") === this.#sha256) {
      done(null, this.#last ?? undefined);
    } else {
      done(new Error(`the S3 server's bytes of artifact ${this.#sha256} are not those that were published`));
    }
  }
}

async function orUnavailable<Result>(work: Promise<Result>): Promise<Result> {
  try {
    return await work;
  } catch (error) {
    const detail = `artifacts: ${error instanceof Error ? error.message : String(error)}`;
    throw new HubError("store_unavailable", { detail, cause: error });
  }
}
