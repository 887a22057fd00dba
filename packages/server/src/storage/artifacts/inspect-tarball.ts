import { isMap, isScalar, parseDocument } from "yaml";
import {
  artifactName,
  type Checked,
  type CollectionManifest,
  type ManifestFile,
  parseArtifactName,
  quote,
  readFileList,
  readManifest,
  readRequiresAnsible,
} from "../../core/collection/manifest.ts";
import type { Inspection } from "../../core/collection/ports.ts";
import { TARBALL_LIMITS, type TarballLimits } from "./limits.ts";
import { type Archive, type ArchiveEntry, readArchive } from "./read-archive.ts";
import { refusePath } from "./tarball-paths.ts";
import { TarballRefusal } from "./tarball-refusal.ts";

const MANIFEST = "MANIFEST.json";
const FILES = "FILES.json";
const RUNTIME = "meta/runtime.yml";

/** An uploaded tarball on disk, and the name it was uploaded under. */
export interface TarballFile {
  readonly path: string;
  readonly size: number;
  readonly filename: string;
}

/**
 * Checks a collection tarball on disk the way `ansible-galaxy` will when it installs it, and more strictly
 * where unpacking it could do harm: identity, checksums of MANIFEST.json and FILES.json, each file present
 * and listed, no path or link out. Rejects only when the disk fails.
 */
export async function inspectTarball(
  file: TarballFile,
  limits: TarballLimits = TARBALL_LIMITS,
): Promise<Inspection> {
  try {
    const keep = new Map([
      [MANIFEST, limits.manifestBytesMax],
      [FILES, limits.jsonBytesMax],
      [RUNTIME, limits.runtimeBytesMax],
    ]);
    const archive = await readArchive(file.path, { packedBytes: file.size, keep, limits });
    return inspectArchive(archive, file.filename, limits);
  } catch (error) {
    if (error instanceof TarballRefusal) {
      return { ok: false, message: error.message };
    }
    throw error;
  }
}

function inspectArchive(archive: Archive, filename: string, limits: TarballLimits): Inspection {
  const manifestJson = textOf(archive, MANIFEST);
  const manifest = accept(readManifest(jsonOf(MANIFEST, manifestJson, limits)));
  refuseOtherIdentity(manifest, filename);
  const listed = archive.entries.get(FILES);
  if (listed?.type !== "file" || listed.sha256 !== manifest.filesSha256) {
    throw new TarballRefusal(`${FILES} is missing or does not have the checksum that ${MANIFEST} gives`);
  }
  const filesJson = textOf(archive, FILES);
  const files = accept(readFileList(jsonOf(FILES, filesJson, limits)));
  refuseUnfaithfulList(archive.entries, files, limits);
  const requiresAnsible = archive.kept.has(RUNTIME) ? requiresAnsibleOf(textOf(archive, RUNTIME)) : null;
  return { ok: true, manifest, manifestJson, filesJson, requiresAnsible };
}

function refuseOtherIdentity(manifest: CollectionManifest, filename: string): void {
  const said = artifactName(manifest);
  if (parseArtifactName(filename) === null || filename !== said) {
    throw new TarballRefusal(
      `${MANIFEST}: the collection is ${quote(said)}, but the file is named ${quote(filename)}`,
    );
  }
}

function refuseUnfaithfulList(
  entries: ReadonlyMap<string, ArchiveEntry>,
  files: readonly ManifestFile[],
  limits: TarballLimits,
): void {
  const listed = new Set<string>([MANIFEST, FILES]);
  for (const file of files) {
    listed.add(file.name);
    const entry = resolve(entries, file.name, limits.linkHopsMax);
    if (!entry) {
      throw new TarballRefusal(refusePath(file.name, `is listed in ${FILES} but not in the archive`));
    }
    if (entry.type !== file.type) {
      throw new TarballRefusal(refusePath(file.name, `is a ${file.type} in ${FILES} but not in the archive`));
    }
    if (entry.type === "file" && entry.sha256 !== file.sha256) {
      throw new TarballRefusal(refusePath(file.name, `does not have the checksum that ${FILES} gives`));
    }
  }
  for (const [path, entry] of entries) {
    // ansible-galaxy makes only the listed directories; one that is not listed is never unpacked and does no
    // harm.
    if (entry.type !== "dir" && !listed.has(path)) {
      throw new TarballRefusal(refusePath(path, `is in the archive but not listed in ${FILES}`));
    }
  }
}

/**
 * The kind of entry that a path finally is. ansible-core 2.14 to 2.22 lists a link as its target (a file with
 * the target's checksum, or a directory) and packs it as a link.
 */
function resolve(
  entries: ReadonlyMap<string, ArchiveEntry>,
  path: string,
  hopsMax: number,
): Exclude<ArchiveEntry, { type: "link" }> | undefined {
  let at = path;
  for (let hop = 0; hop <= hopsMax; hop += 1) {
    const entry = at === "" ? ({ type: "dir" } as const) : entries.get(at);
    if (entry?.type !== "link") {
      return entry;
    }
    at = entry.target;
  }
  throw new TarballRefusal(refusePath(path, "is a link that leads to itself or through too many others"));
}

function textOf(archive: Archive, path: string): string {
  const bytes = archive.kept.get(path);
  if (!bytes) {
    throw new TarballRefusal(`${path} is missing`);
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new TarballRefusal(`${path} is not UTF-8`);
  }
}

function jsonOf(path: string, text: string, limits: TarballLimits): unknown {
  if (bracketDepth(text) > limits.jsonDepthMax) {
    throw new TarballRefusal(`${path} is nested too deeply`);
  }
  try {
    return JSON.parse(text);
  } catch {
    throw new TarballRefusal(`${path} is not JSON`);
  }
}

/** The depth of the brackets in a JSON text. JSON.parse accepts any depth, but JSON.stringify does not. */
function bracketDepth(text: string): number {
  let depth = 0;
  let deepest = 0;
  let quoted = false;
  for (let at = 0; at < text.length; at += 1) {
    const sign = text[at];
    if (quoted) {
      if (sign === "\\") {
        at += 1;
      } else if (sign === '"') {
        quoted = false;
      }
    } else if (sign === '"') {
      quoted = true;
    } else if (sign === "[" || sign === "{") {
      depth += 1;
      deepest = Math.max(deepest, depth);
    } else if (sign === "]" || sign === "}") {
      depth -= 1;
    }
  }
  return deepest;
}

function requiresAnsibleOf(text: string): string | null {
  if (!text.includes("requires_ansible")) {
    return null;
  }
  // Reads the one value and does not build objects or compare keys: both take minutes on a hostile file. The
  // last of repeated keys counts, as in PyYAML.
  const document = parseDocument(text, { uniqueKeys: false, prettyErrors: false, logLevel: "error" });
  if (document.errors.length > 0) {
    throw new TarballRefusal(`${RUNTIME} is not YAML`);
  }
  // ansible-galaxy's own template has nothing but comments.
  if (document.contents === null || (isScalar(document.contents) && document.contents.value === null)) {
    return null;
  }
  if (!isMap(document.contents)) {
    throw new TarballRefusal(`${RUNTIME} must be a mapping`);
  }
  const pair = document.contents.items.findLast(
    ({ key }) => isScalar(key) && key.value === "requires_ansible",
  );
  return accept(readRequiresAnsible(isScalar(pair?.value) ? pair.value.value : (pair?.value ?? null)));
}

function accept<Value>(checked: Checked<Value>): Value {
  if (!checked.ok) {
    throw new TarballRefusal(checked.message);
  }
  return checked.value;
}
