import { Authority, accountScopes } from "../authority/authority.ts";
import { actorOf, type Caller, ownerOf } from "../caller.ts";
import type { HubContext } from "../context.ts";
import { HubError } from "../errors.ts";
import { isId, newId } from "../ids.ts";
import { requireStanding } from "../standing.ts";
import type { Writes } from "../store.ts";
import { demand, scopeOf } from "./access.ts";
import { type CollectionIdentity, parseArtifactName, quote } from "./manifest.ts";
import type {
  ArtifactStore,
  CollectionImport,
  CollectionName,
  CollectionTexts,
  CollectionVersion,
  Inspection,
  StagedArtifact,
} from "./ports.ts";

/**
 * Publishes collections and takes them out. Every method decides whether the caller may, before the answer
 * reveals what exists.
 */
export class Publications {
  readonly #context: HubContext;

  constructor(context: HubContext) {
    this.#context = context;
  }

  get artifacts(): ArtifactStore {
    return this.#context.artifacts;
  }

  /** The largest tarball that is taken, in bytes. */
  get uploadBytesMax(): number {
    return this.#context.policy.uploadBytesMax;
  }

  /**
   * Throws if the caller may not publish a file of this name, and `invalid_upload` for a name that no
   * collection can have.
   */
  requirePublishable(filename: string, caller: Caller): CollectionIdentity {
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
   * Judges the staged tarball and publishes it. A refused one ends as an import `failed`; the same bytes
   * again as `completed`; throws `version_conflict` for other bytes under a version that exists. The bytes
   * are durable before the row that names them, so a kill at any point leaves the whole version or none. The
   * staged file is gone afterwards in every case.
   */
  async publish(filename: string, staged: StagedArtifact, caller: Caller): Promise<CollectionImport> {
    const startedAt = this.#context.clock.now();
    try {
      const identity = this.requirePublishable(filename, caller);
      const inspection = await this.artifacts.inspect(staged, filename);
      return inspection.ok
        ? await this.#accept({ identity, inspection, staged, caller, startedAt })
        : await this.#refuse({ identity, message: inspection.message, staged, caller, startedAt });
    } finally {
      await this.artifacts.discard(staged);
    }
  }

  /**
   * The record of the publisher's own import, or of any import that the caller could publish too; else
   * `not_found`.
   */
  async importRecord(id: string, caller: Caller): Promise<CollectionImport> {
    const record = isId(id) ? await this.#context.store.read.collections.findImport(id) : null;
    const own = record !== null && record.accountId === publisherOf(caller);
    if (!record || !(own || caller.authority.permits(scopeOf(record, "upload")))) {
      throw new HubError("not_found");
    }
    return record;
  }

  /** Work that is finished: an import or a removal by its own id, a publication by the id of the version. */
  async task(
    id: string,
    caller: Caller,
  ): Promise<{ readonly id: string; readonly createdAt: number; readonly finishedAt: number }> {
    const [version] = isId(id) ? await this.#context.store.read.collections.findVersions([id]) : [];
    if (version && caller.authority.permits(scopeOf(version, "upload"))) {
      return { id, createdAt: version.createdAt, finishedAt: version.createdAt };
    }
    return this.importRecord(id, caller);
  }

  /**
   * Takes out one version, or all versions of a collection. Needs the action `delete` on the collection;
   * throws `not_found` if there is nothing to take out. The bytes go with the next sweep. Returns a record
   * that the client can ask for.
   */
  async remove(
    of: CollectionName & { readonly version?: string },
    caller: Caller,
  ): Promise<CollectionImport> {
    demand(caller, of, "delete");
    const { clock, entropy, store } = this.#context;
    const now = clock.now();
    const record: CollectionImport = {
      id: newId(clock, entropy),
      accountId: publisherOf(caller),
      namespace: of.namespace,
      name: of.name,
      version: of.version ?? "*",
      state: "completed",
      createdAt: now,
      startedAt: now,
      finishedAt: now,
      error: null,
      messages: [],
    };
    await store.write(async (writes) => {
      await requireStanding(this.#context, writes, caller);
      const places = await writes.collections.versionPlaces(of);
      if (places.length === 0) {
        throw new HubError("not_found");
      }
      for (const { namespace, name, version } of places) {
        await writes.collections.removeVersion({ namespace, name, version });
        await writes.audit.append({
          action: "collection.delete",
          actor: actorOf(caller),
          owner: caller.account ? ownerOf(caller.account) : null,
          credentialId: caller.proof.by === "credential" ? caller.proof.credential.id : null,
          details: { namespace, name, version },
        });
      }
      await writes.collections.insertImport(record);
    }, "large");
    return record;
  }

  async #accept(
    attempt: Attempt & { readonly inspection: Extract<Inspection, { ok: true }> },
  ): Promise<CollectionImport> {
    const { identity, inspection, staged, caller } = attempt;
    const { clock, entropy, store } = this.#context;
    // Found early, a conflict leaves no file without a row behind; the transaction below decides races.
    refuseOtherBytes(await store.read.collections.findVersion(identity), staged);
    await this.artifacts.publish(staged);
    const version: CollectionVersion & CollectionTexts = {
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
    }, "large");
    return record;
  }

  /**
   * An upload takes time, and its caller may have ended or lost the grant meanwhile. Throws like
   * `requireStanding`, `forbidden`.
   */
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
