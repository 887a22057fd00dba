import { Secret } from "../core/secret/secret.ts";
import type { ValueType } from "./value-types.ts";

/** A place in an S3 bucket. */
interface S3Place {
  readonly bucket: string;
  /** Stands in front of each key; empty, or ends with a slash. */
  readonly prefix: string;
  /** Undefined for Amazon's own. */
  readonly endpoint: string | undefined;
  readonly region: string;
}

interface S3Keys {
  readonly accessKeyId: string;
  readonly secretAccessKey: Secret;
}

const DEFAULT_REGION = "us-east-1";
// The rules for bucket names of Amazon S3: 3 to 63 characters, no upper case.
const BUCKET = /^(?=.{3,63}$)[a-z0-9][a-z0-9.-]*[a-z0-9]$/;
const PREFIX = /^[A-Za-z0-9!_.*'()/-]{0,512}$/;
const REGION = /^[a-z0-9-]{1,40}$/;
const PARAMETERS = new Set(["endpoint", "region"]);

export const S3_URL: ValueType<S3Place> = {
  word: "url",
  allowed:
    "s3://bucket/prefix?endpoint=https://host:port&region=name, where prefix, endpoint and region may be left out",
  isList: false,
  parse: (text) => {
    const [, bucket = "", path = "", query = ""] =
      /^s3:\/\/([^/?#]+)(\/[^?#]*)?(?:\?([^#]*))?$/.exec(text) ?? [];
    const parameters = new URLSearchParams(query);
    const names = [...parameters.keys()];
    const endpoint = parameters.get("endpoint") ?? undefined;
    const region = parameters.get("region") ?? DEFAULT_REGION;
    const prefix = path.replace(/^\/+|\/+$/g, "");
    const isSound =
      BUCKET.test(bucket) &&
      isSoundPrefix(prefix) &&
      REGION.test(region) &&
      names.every((name) => PARAMETERS.has(name)) &&
      new Set(names).size === names.length &&
      (endpoint === undefined || isEndpoint(endpoint));
    return isSound
      ? { bucket, prefix: prefix === "" ? "" : `${prefix}/`, endpoint: endpoint?.replace(/\/+$/, ""), region }
      : undefined;
  },
};

/** Names that a URL parser leaves as they are. */
function isSoundPrefix(prefix: string): boolean {
  const isPlain = prefix.split("/").every((name) => !["", ".", ".."].includes(name));
  return PREFIX.test(prefix) && (prefix === "" || isPlain);
}

function isEndpoint(text: string): boolean {
  const url = URL.canParse(text) ? new URL(text) : null;
  return (
    url !== null &&
    /^https?:$/.test(url.protocol) &&
    `${url.username}${url.password}${url.search}${url.hash}` === ""
  );
}

/** A key ID may hold a colon, as in OpenStack Swift; then a space stands between the two. */
const KEYS = [/^(\S{1,128})[ \n](\S{1,256})$/, /^([^:\s]{1,128}):(\S{1,256})$/];

export const S3_KEYS: ValueType<S3Keys> = {
  word: "keys",
  allowed: "an access key ID and its secret access key with a colon or a space between them",
  isList: false,
  parse: (text) => {
    const [, accessKeyId, secretAccessKey] = KEYS.map((form) => form.exec(text)).find((match) => match) ?? [];
    return accessKeyId !== undefined && secretAccessKey !== undefined
      ? { accessKeyId, secretAccessKey: new Secret(secretAccessKey) }
      : undefined;
  },
};
