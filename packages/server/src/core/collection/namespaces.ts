import type { AuditAction } from "../audit/events.ts";
import type { Scope } from "../authority/scope.ts";
import { actorOf, type Caller } from "../caller.ts";
import type { HubContext } from "../context.ts";
import { HubError } from "../errors.ts";
import { requireStanding } from "../standing.ts";
import { nextTurn } from "../turn.ts";
import type { CollectionName, Namespace, NamespaceWords } from "./ports.ts";

/** galaxy_ng 4.9: lower-case letters, digits and underscores, more than two of them, no underscore first. */
const NAME = /^[a-z0-9][a-z0-9_]{2,63}$/;

/** Namespaces that are read at once: their words may be long. */
const PAGE = 200;

/**
 * Namespaces as galaxy_ng's clients manage them. A namespace is a label: what it may hold is decided by
 * grants on `collection:<namespace>.*`. Every method throws `unauthenticated` for callers without
 * credentials.
 */
export class Namespaces {
  readonly #context: HubContext;

  constructor(context: HubContext) {
    this.#context = context;
  }

  /** Those of which the caller may download or publish something, in the order of their names. */
  async list(caller: Caller): Promise<readonly Namespace[]> {
    requireSignIn(caller);
    const { collections } = this.#context.store.read;
    const readable = readableIn(await collections.collectionNames(), caller);
    const seen: Namespace[] = [];
    for (let after = ""; ; ) {
      const page = await collections.listNamespaces({ after, limit: PAGE });
      seen.push(...page.filter(({ name }) => readable.has(name) || mayPublish(caller, name)));
      const last = page.at(-1);
      if (!last || page.length < PAGE) {
        return seen.sort((a, b) => (a.name < b.name ? -1 : 1));
      }
      after = last.name;
      await nextTurn();
    }
  }

  /** Throws `not_found` where the list would not show it. */
  async get(name: string, caller: Caller): Promise<Namespace> {
    requireSignIn(caller);
    const { collections } = this.#context.store.read;
    const found = await collections.findNamespace(name);
    const isSeen =
      mayPublish(caller, name) || readableIn(await collections.collectionNames(name), caller).has(name);
    if (!found || !isSeen) {
      throw new HubError("not_found");
    }
    return found;
  }

  /**
   * Throws `forbidden` without a grant to publish there, `malformed_request` for a bad name,
   * `namespace_exists`.
   */
  async create(name: string, words: NamespaceWords, caller: Caller): Promise<Namespace> {
    requirePublisher(caller, name);
    if (!NAME.test(name)) {
      throw new HubError("malformed_request", {
        field: "name",
        explanation:
          "A namespace has 3 to 64 lower-case letters, digits and underscores, and no underscore first.",
      });
    }
    const { clock, store } = this.#context;
    await store.write(async (writes) => {
      await requireStanding(this.#context, writes, caller);
      if (!(await writes.collections.insertNamespace(name, words, clock.now()))) {
        throw new HubError("namespace_exists", { field: "name" });
      }
      await writes.audit.append(event("namespace.create", name, caller));
    });
    return this.get(name, caller);
  }

  /** Changes the words that are given. Throws `not_found`, `forbidden`. */
  async update(name: string, words: Partial<NamespaceWords>, caller: Caller): Promise<Namespace> {
    await this.get(name, caller);
    requirePublisher(caller, name);
    await this.#context.store.write(async (writes) => {
      await requireStanding(this.#context, writes, caller);
      if (!(await writes.collections.findNamespace(name))) {
        throw new HubError("not_found");
      }
      await writes.collections.updateNamespace(name, words);
      await writes.audit.append(event("namespace.update", name, caller));
    });
    return this.get(name, caller);
  }

  /** Throws `not_found`, `forbidden`, and `malformed_request` while collections are published in it. */
  async remove(name: string, caller: Caller): Promise<void> {
    await this.get(name, caller);
    requirePublisher(caller, name);
    await this.#context.store.write(async (writes) => {
      await requireStanding(this.#context, writes, caller);
      if ((await writes.collections.collectionNames(name)).length > 0) {
        throw new HubError("malformed_request", {
          explanation: `Namespace ${name} cannot be deleted because there are still collections associated with it.`,
        });
      }
      await writes.collections.removeNamespace(name);
      await writes.audit.append(event("namespace.delete", name, caller));
    }, "large");
  }
}

/** The namespaces of the collections that the caller may download. */
function readableIn(published: readonly CollectionName[], caller: Caller): ReadonlySet<string> {
  const readable = published.filter(({ namespace, name }) =>
    caller.authority.permits(collection(`${namespace}.${name}`, "download")),
  );
  return new Set(readable.map(({ namespace }) => namespace));
}

function collection(name: string, action: "upload" | "download"): Scope {
  return { type: "collection", name, actions: [action] };
}

function mayPublish(caller: Caller, namespace: string): boolean {
  return caller.authority.permits(collection(`${namespace}.*`, "upload"));
}

function requireSignIn(caller: Caller): void {
  if (caller.proof.by === "nothing") {
    throw new HubError("unauthenticated");
  }
}

function requirePublisher(caller: Caller, namespace: string): void {
  requireSignIn(caller);
  if (!mayPublish(caller, namespace)) {
    throw new HubError("forbidden", {
      explanation: `You are not allowed to publish in this namespace. Ask an administrator for the grant collection:<namespace>.*:upload.`,
    });
  }
}

function event(action: AuditAction, namespace: string, caller: Caller) {
  return {
    action,
    actor: actorOf(caller),
    owner: null,
    credentialId: caller.proof.by === "credential" ? caller.proof.credential.id : null,
    details: { namespace },
  };
}
