import { DiskArtifactStore } from "./artifact-store.ts";
import { S3ArtifactStore } from "./s3/s3-artifact-store.ts";
import { type S3Keys, type S3Place, S3RefusalError } from "./s3/s3-bucket.ts";
import type { SweptArtifactStore } from "./swept-store.ts";

export interface ArtifactOptions {
  /** The bucket of the artifacts; undefined for the data directory. */
  readonly artifacts: S3Place | undefined;
  readonly artifactsKey: S3Keys | undefined;
}

/**
 * The store of artifacts that the options name. Throws a sentence for the operator if the S3 server refuses
 * the bucket or the keys. A server out of reach is told to `onSilence`: everything but collections works
 * without it.
 */
export async function openArtifacts(
  { artifacts, artifactsKey }: ArtifactOptions,
  dataDirectory: string,
  onSilence: (sentence: string) => void,
): Promise<SweptArtifactStore> {
  if (artifacts === undefined || artifactsKey === undefined) {
    return DiskArtifactStore.open(dataDirectory);
  }
  const store = await S3ArtifactStore.open(artifacts, artifactsKey, dataDirectory);
  try {
    await store.check();
  } catch (error) {
    const { message } = error as Error;
    const sentence = `The bucket ${artifacts.bucket} of MINTMARK_ARTIFACTS cannot be read: ${message}`;
    if (error instanceof S3RefusalError && error.status < 500) {
      throw new Error(`${sentence}. Check the bucket, its region and MINTMARK_ARTIFACTS_KEY.`);
    }
    onSilence(`${sentence}. Uploads and downloads of collections are answered with 503 until it can.`);
  }
  return store;
}
