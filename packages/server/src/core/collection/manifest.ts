import { parseVersion } from "./semver.ts";

/**
 * The two JSON files at the root of a collection tarball, as `ansible-galaxy collection build` (ansible-core
 * 2.14 to 2.22) writes them: MANIFEST.json says what the collection is and vouches for FILES.json, which
 * vouches for everything else.
 */
export interface CollectionManifest {
  readonly namespace: string;
  readonly name: string;
  readonly version: string;
  readonly authors: readonly string[];
  readonly description: string | null;
  readonly license: readonly string[];
  readonly tags: readonly string[];
  /** `namespace.name` to a range such as `>=1.0.0,<2.0.0`. */
  readonly dependencies: Readonly<Record<string, string>>;
  readonly repository: string | null;
  readonly documentation: string | null;
  readonly homepage: string | null;
  readonly issues: string | null;
  readonly filesSha256: string;
}

export interface ManifestFile {
  readonly name: string;
  readonly type: "file" | "dir";
  /** Null for directories. */
  readonly sha256: string | null;
}

export type Checked<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly message: string };

/** A refusal inside this file's readers. The sentence is for the person who published. */
class Fault extends Error {}

const NAME = /^[a-z_][a-z0-9_]*$/;
const NAME_LENGTH_MAX = 64;
const SHA256 = /^[0-9a-f]{64}$/;
const TEXT_LENGTH_MAX = 20_000;
const LIST_LENGTH_MAX = 1_000;
const RANGE_LENGTH_MAX = 255;
/**
 * ansible-core splits a range at its commas and each part into an operator and a loose version
 * (galaxy/dependency_resolution/versioning.py).
 */
const RANGE_PART = /^(?:\*|(?:==|=|!=|>=|<=|>|<)?\s*[0-9A-Za-z][0-9A-Za-z.+-]*)$/;
/** PEP 440 version specifiers, parted by commas: what ansible-core reads `requires_ansible` as. */
const SPECIFIER = /^(?:~=|===?|!=|<=|>=|<|>)\s*[0-9A-Za-z][0-9A-Za-z.*+!_-]*$/;

// ansible-core refuses Python's keywords in a collection's name (utils/collection_loader, is_python_keyword).
const KEYWORDS: ReadonlySet<string> = new Set(
  (
    "and as assert async await break class continue def del elif else except finally for from global if import in is lambda nonlocal not or " +
    "pass raise return try while with yield"
  ).split(" "),
);

/** May a namespace or a collection bear this name? */
function isCollectionName(text: string): boolean {
  return text.length <= NAME_LENGTH_MAX && NAME.test(text) && !KEYWORDS.has(text);
}

export interface CollectionIdentity {
  readonly namespace: string;
  readonly name: string;
  readonly version: string;
}

/**
 * The identity in `namespace-name-version.tar.gz`, or null. Names hold no hyphen, so the first two part it.
 */
export function parseArtifactName(filename: string): CollectionIdentity | null {
  const match = /^([a-z0-9_]+)-([a-z0-9_]+)-(.+)\.tar\.gz$/.exec(filename.slice(0, 300));
  if (!match) {
    return null;
  }
  const [, namespace, name, version] = match as unknown as [string, string, string, string];
  const legal = isCollectionName(namespace) && isCollectionName(name) && parseVersion(version) !== null;
  return legal ? { namespace, name, version } : null;
}

export function artifactName(identity: CollectionIdentity): string {
  return `${identity.namespace}-${identity.name}-${identity.version}.tar.gz`;
}

/** Reads the parsed JSON of MANIFEST.json. */
export function readManifest(json: unknown): Checked<CollectionManifest> {
  return check("MANIFEST.json", () => {
    const top = object(json, "the file");
    const info = object(top.collection_info, "collection_info");
    const files = object(top.file_manifest_file, "file_manifest_file");
    demand(top.format === 1, "format must be 1");
    demand(
      files.name === "FILES.json" && files.chksum_type === "sha256",
      "file_manifest_file must name FILES.json with a sha256",
    );
    return {
      namespace: collectionName(info.namespace, "namespace"),
      name: collectionName(info.name, "name"),
      version: version(info.version),
      authors: texts(info.authors, "authors"),
      description: textOrNull(info.description, "description"),
      license: texts(info.license, "license"),
      tags: texts(info.tags, "tags"),
      dependencies: dependencies(info.dependencies),
      repository: textOrNull(info.repository, "repository"),
      documentation: textOrNull(info.documentation, "documentation"),
      homepage: textOrNull(info.homepage, "homepage"),
      issues: textOrNull(info.issues, "issues"),
      filesSha256: sha256(files.chksum_sha256, "file_manifest_file.chksum_sha256"),
    };
  });
}

/** Reads the parsed JSON of FILES.json. The entry `.`, the root itself, is left out. */
export function readFileList(json: unknown): Checked<readonly ManifestFile[]> {
  return check("FILES.json", () => {
    const top = object(json, "the file");
    demand(top.format === 1, "format must be 1");
    const list = top.files;
    demand(Array.isArray(list), "files must be a list");
    const names = new Set<string>();
    const files: ManifestFile[] = [];
    for (const item of list as readonly unknown[]) {
      const file = manifestFile(object(item, "each of files"));
      demand(!names.has(file.name), `${quote(file.name)} is listed twice`);
      names.add(file.name);
      if (file.name !== ".") {
        files.push(file);
      }
    }
    return files;
  });
}

/** Reads the value of `requires_ansible` in meta/runtime.yml; null if absent. */
export function readRequiresAnsible(given: unknown): Checked<string | null> {
  return check("meta/runtime.yml", () => {
    if (given === null || given === undefined) {
      return null;
    }
    demand(typeof given === "string" && given.length <= RANGE_LENGTH_MAX, "requires_ansible must be a text");
    const legal = given.split(",").every((part) => SPECIFIER.test(part.trim()));
    demand(legal, "requires_ansible must be version specifiers such as >=2.14.0,<2.20");
    return given;
  });
}

/** A piece of an uploaded file as it may stand in a sentence: short, and without control characters. */
export function quote(text: string): string {
  const plain = text.replace(/[^\x20-\x7e\u00a0-\ud7ff\ue000-\ufffd]/g, "?");
  return `'${plain.length > 200 ? `${plain.slice(0, 200)}…` : plain}'`;
}

function check<Value>(file: string, read: () => Value): Checked<Value> {
  try {
    return { ok: true, value: read() };
  } catch (error) {
    if (error instanceof Fault) {
      return { ok: false, message: `${file}: ${error.message}` };
    }
    throw error;
  }
}

function demand(condition: unknown, sentence: string): asserts condition {
  if (!condition) {
    throw new Fault(sentence);
  }
}

function object(value: unknown, what: string): Record<string, unknown> {
  demand(typeof value === "object" && value !== null && !Array.isArray(value), `${what} must be an object`);
  return value as Record<string, unknown>;
}

function collectionName(value: unknown, field: string): string {
  demand(typeof value === "string", `${field} must be a text`);
  const sentence =
    "must be small letters, digits and underscores, not begin with a digit and be no Python keyword";
  demand(isCollectionName(value), `${field} ${quote(value)} ${sentence}`);
  return value;
}

function version(value: unknown): string {
  demand(typeof value === "string", "version must be a text");
  demand(parseVersion(value) !== null, `version ${quote(value)} is not a semantic version such as 1.0.0`);
  return value;
}

function sha256(value: unknown, field: string): string {
  demand(typeof value === "string" && SHA256.test(value), `${field} must be 64 hexadecimal digits`);
  return value;
}

function textOrNull(value: unknown, field: string): string | null {
  if (value === null || value === undefined) {
    return null;
  }
  demand(typeof value === "string" && value.length <= TEXT_LENGTH_MAX, `${field} must be a text`);
  return value;
}

function texts(value: unknown, field: string): readonly string[] {
  if (value === null || value === undefined) {
    return [];
  }
  const legal =
    Array.isArray(value) &&
    value.length <= LIST_LENGTH_MAX &&
    value.every((item) => typeof item === "string" && item.length <= TEXT_LENGTH_MAX);
  demand(legal, `${field} must be a list of texts`);
  return value as string[];
}

function dependencies(value: unknown): Readonly<Record<string, string>> {
  if (value === null || value === undefined) {
    return {};
  }
  const entries = Object.entries(object(value, "dependencies"));
  demand(entries.length <= LIST_LENGTH_MAX, "there are too many dependencies");
  for (const [name, range] of entries) {
    const parts = name.split(".");
    demand(
      parts.length === 2 && parts.every(isCollectionName),
      `the dependency ${quote(name)} is not namespace.name`,
    );
    const legal =
      typeof range === "string" &&
      range.length <= RANGE_LENGTH_MAX &&
      range.split(",").every((part) => RANGE_PART.test(part.trim()));
    demand(legal, `the version range of the dependency ${quote(name)} cannot be read`);
  }
  return Object.fromEntries(entries) as Record<string, string>;
}

function manifestFile(item: Record<string, unknown>): ManifestFile {
  const name = item.name;
  demand(typeof name === "string" && name !== "", "each of files must have a name");
  if (item.ftype === "dir") {
    return { name, type: "dir", sha256: null };
  }
  demand(item.ftype === "file", `the ftype of ${quote(name)} must be file or dir`);
  demand(item.chksum_type === "sha256", `the chksum_type of ${quote(name)} must be sha256`);
  return {
    name,
    type: "file",
    sha256: sha256(item.chksum_sha256, `chksum_sha256 of ${quote(name)}`),
  };
}
