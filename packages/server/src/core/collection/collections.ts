import { Authority, accountScopes } from "../authority/authority.ts";
import type { Scope } from "../authority/scope.ts";
import { actorOf, type Caller, ownerOf } from "../caller.ts";
import type { HubContext } from "../context.ts";
import { HubError } from "../errors.ts";
import { isId, newId } from "../ids.ts";
import { requireStanding } from "../standing.ts";
import type { Writes } from "../store.ts";
import { type CollectionIdentity, parseArtifactName, quote } from "./manifest.ts";
import type {
  ArtifactStore,
  Collection,
  CollectionImport,
  CollectionName,
  CollectionVersion,
  CollectionVersionSummary,
  Inspection,
  PageOf,
  StagedArtifact,
} from "./ports.ts";

export interface Page {
  readonly limit: number;
  readonly offset: number;
}

/**
 * Publishing, finding and fetching collections. Every method decides by itself whether the caller may: `unauthenticated` or `forbidden`
 * come before anything is told about what exists.
 */
export class Collections {
  readonly #context: HubContext;

  constructor(context: HubContext) {
    this.#context = context;
  }

  get artifacts(): ArtifactStore {
    return this.#context.artifacts;
  }

  /** May the caller publish a file of this name? Throws `invalid_upload` for a name that no collection has. */
  admit(filename: string, caller: Caller): CollectionIdentity {
    const identity = parseArtifactName(filename);
    if (!identity) {
      throw new HubError("invalid_upload", {
        field: "file",
        explanation: `The file name ${quote(filename)} is not namespace-name-version.tar.gz with a semantic version.`,
      });
    }
    demand(caller, identity, "upload");
    return identity;
  }

  /**
   * Judges the staged tarball and publishes it. A refused one ends as an import `failed`; the same bytes again as `completed`; throws
   * `version_conflict` for other bytes under a version that exists. The bytes are durable before the row that names them, so a kill at
   * any point leaves the whole version or none. The staged file is gone afterwards in every case.
   */
  async publish(filename: string, staged: StagedArtifact, caller: Caller): Promise<CollectionImport> {
    const startedAt = this.#context.clock.now();
    try {
      const identity = this.admit(filename, caller);
      const inspection = await this.artifacts.inspect(staged, filename);
      return inspection.ok
        ? await this.#accept({ identity, inspection, staged, caller, startedAt })
        : await this.#refuse({ identity, message: inspection.message, staged, caller, startedAt });
    } finally {
      await this.artifacts.discard(staged);
    }
  }

  /** The publisher's own, or anybody's for a collection that the caller may publish too; else `not_found`. */
  async importRecord(id: string, caller: Caller): Promise<CollectionImport> {
    const record = isId(id) ? await this.#context.store.read.collections.findImport(id) : null;
    const own = record !== null && record.accountId === publisherOf(caller);
    if (!record || !(own || caller.authority.permits(scopeOf(record, "upload")))) {
      throw new HubError("not_found");
    }
    return record;
  }

  /** Those that the caller may download, in the order of their names. */
  async list({ limit, offset }: Page, caller: Caller): Promise<PageOf<Collection>> {
    const { collections } = this.#context.store.read;
    const names = (await collections.collectionNames()).filter((name) =>
      caller.authority.permits(scopeOf(name, "download")),
    );
    if (names.length === 0) {
      demandSome(caller);
    }
    return {
      items: await collections.findCollections(names.slice(offset, offset + limit)),
      count: names.length,
    };
  }

  async get(name: CollectionName, caller: Caller): Promise<Collection> {
    demand(caller, name, "download");
    const [found] = await this.#context.store.read.collections.findCollections([name]);
    if (!found) {
      throw new HubError("not_found");
    }
    return found;
  }

  /** By precedence, highest first. A collection that does not exist is `not_found`. */
  async versions(
    name: CollectionName,
    page: Page,
    caller: Caller,
  ): Promise<PageOf<CollectionVersionSummary>> {
    demand(caller, name, "download");
    const versions = await this.#context.store.read.collections.listVersions(name, page);
    if (versions.count === 0) {
      throw new HubError("not_found");
    }
    return versions;
  }

  async version(identity: CollectionIdentity, caller: Caller): Promise<CollectionVersion> {
    demand(caller, identity, "download");
    const found = await this.#context.store.read.collections.findVersion(identity);
    if (!found) {
      throw new HubError("not_found");
    }
    return found;
  }

  /** The bytes of a version by its file name. Throws `store_unavailable` where the row is here and the file is not. */
  async download(
    filename: string,
    caller: Caller,
  ): Promise<{ readonly stream: NodeJS.ReadableStream; readonly size: number }> {
    const identity = parseArtifactName(filename);
    if (!identity) {
      demandSome(caller);
      throw new HubError("not_found");
    }
    const { sha256 } = await this.version(identity, caller);
    const bytes = await this.artifacts.open(sha256);
    if (!bytes) {
      throw new HubError("store_unavailable", {
        detail: `artifact ${sha256} is not in this node's data directory`,
      });
    }
    return bytes;
  }

  async #accept(
    attempt: Attempt & { readonly inspection: Extract<Inspection, { ok: true }> },
  ): Promise<CollectionImport> {
    const { identity, inspection, staged, caller } = attempt;
    const { clock, entropy, store } = this.#context;
    // Found early, a conflict leaves no file without a row behind; the transaction below decides races.
    refuseOtherBytes(await store.read.collections.findVersion(identity), staged);
    await this.artifacts.publish(staged);
    const version: CollectionVersion = {
      id: newId(clock, entropy),
      ...identity,
      sha256: staged.sha256,
      size: staged.size,
      requiresAnsible: inspection.requiresAnsible,
      createdAt: clock.now(),
      manifest: inspection.manifest,
      manifestJson: inspection.manifestJson,
      filesJson: inspection.filesJson,
      publishedBy: publisherOf(caller),
    };
    const record = this.#record(attempt, null);
    await store.write(async (writes) => {
      await this.#requireStillAllowed(writes, attempt);
      const standing = await writes.collections.insertVersion(version);
      refuseOtherBytes(standing, staged);
      await writes.collections.insertImport(record);
      if (standing.id === version.id) {
        await writes.audit.append({ action: "collection.publish", ...auditOf(attempt) });
      }
    });
    return record;
  }

  /** An upload takes its time, and its caller may have ended or lost the grant meanwhile. Throws like `requireStanding`, `forbidden`. */
  async #requireStillAllowed(writes: Writes, { caller, identity }: Attempt): Promise<void> {
    await requireStanding(this.#context, writes, caller);
    const present = caller.account && (await writes.accounts.findById(caller.account.id));
    if (present) {
      const everyone = await writes.sharedGrants.sharedGrants("authenticated");
      const authority = new Authority([accountScopes(present, everyone)]);
      demand({ ...caller, authority }, identity, "upload");
    }
  }

  async #refuse(attempt: Attempt & { readonly message: string }): Promise<CollectionImport> {
    const record = this.#record(attempt, attempt.message);
    await this.#context.store.write(async (writes) => {
      await writes.collections.insertImport(record);
      await writes.audit.append({
        action: "collection.refuse",
        ...auditOf(attempt, { reason: attempt.message }),
      });
    });
    return record;
  }

  #record({ identity, caller, startedAt }: Attempt, fault: string | null): CollectionImport {
    const { clock, entropy } = this.#context;
    const now = clock.now();
    return {
      id: newId(clock, entropy),
      accountId: publisherOf(caller),
      ...identity,
      state: fault === null ? "completed" : "failed",
      createdAt: startedAt,
      startedAt,
      finishedAt: now,
      error: fault === null ? null : { code: "invalid_collection", description: fault },
      messages: fault === null ? [] : [{ level: "ERROR", message: fault, at: now }],
    };
  }
}

interface Attempt {
  readonly identity: CollectionIdentity;
  readonly staged: StagedArtifact;
  readonly caller: Caller;
  readonly startedAt: number;
}

function auditOf({ identity, staged, caller }: Attempt, more: Readonly<Record<string, unknown>> = {}) {
  const { proof } = caller;
  return {
    actor: actorOf(caller),
    owner: caller.account ? ownerOf(caller.account) : null,
    credentialId: proof.by === "credential" ? proof.credential.id : null,
    details: { ...identity, sha256: staged.sha256, size: staged.size, ...more },
  };
}

function refuseOtherBytes(standing: CollectionVersion | null, staged: StagedArtifact): void {
  if (standing && standing.sha256 !== staged.sha256) {
    throw new HubError("version_conflict", {
      explanation: `${standing.namespace}.${standing.name} ${standing.version} is published already, with other content. Raise the version.`,
    });
  }
}

/** Who a publication belongs to: the account, or the label of a client that has none. */
function publisherOf(caller: Caller): string {
  return caller.account?.id ?? actorOf(caller).name;
}

function scopeOf({ namespace, name }: CollectionName, action: "upload" | "download"): Scope {
  return { type: "collection", name: `${namespace}.${name}`, actions: [action] };
}

function demand(caller: Caller, name: CollectionName, action: "upload" | "download"): void {
  if (caller.authority.permits(scopeOf(name, action))) {
    return;
  }
  refuseStrangers(caller);
  const explanation =
    action === "upload"
      ? `You are not allowed to publish ${quote(`${name.namespace}.${name.name}`)}. Ask an administrator for the grant collection:${name.namespace}.*:upload.`
      : undefined;
  throw new HubError("forbidden", explanation === undefined ? {} : { explanation });
}

/** For questions that name no collection: whoever may download none at all is told so. */
function demandSome(caller: Caller): void {
  const holdsSome = caller.authority
    .effective()
    .some(
      ({ type, actions }) =>
        (type === "collection" || type === "*") && (actions.includes("download") || actions.includes("*")),
    );
  if (!holdsSome) {
    refuseStrangers(caller);
    throw new HubError("forbidden");
  }
}

function refuseStrangers(caller: Caller): void {
  if (caller.proof.by === "nothing") {
    throw new HubError("unauthenticated");
  }
}
