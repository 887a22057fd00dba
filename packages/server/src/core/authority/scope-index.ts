import { type Scope, separatorOf } from "./scope.ts";

/** Below this many scopes looking at each is quicker than looking anything up. */
const SHORT_LIST_MAX = 16;

/**
 * A list of scopes, found by type and by the first segment of the name. Accounts hold up to a thousand of
 * them, and comparing each with each of another list would let a request of a few kilobytes hold the event
 * loop.
 */
export class ScopeIndex {
  readonly scopes: readonly Scope[];
  readonly #byHead = new Map<string, Scope[]>();
  /** Scopes whose first segment has a wildcard, by type. */
  readonly #openByType = new Map<string, Scope[]>();
  readonly #byType = new Map<string, Scope[]>();
  readonly #everything: Scope[] = [];

  private constructor(scopes: readonly Scope[]) {
    this.scopes = scopes;
    for (const scope of scopes) {
      if (scope.type === "*") {
        this.#everything.push(scope);
        continue;
      }
      add(this.#byType, scope.type, scope);
      const head = headOf(scope);
      if (head.includes("*")) {
        add(this.#openByType, scope.type, scope);
      } else {
        add(this.#byHead, `${scope.type}:${head}`, scope);
      }
    }
  }

  /** The index of a list, built once per list. */
  static of(scopes: readonly Scope[]): ScopeIndex {
    const known = indexes.get(scopes);
    if (known) {
      return known;
    }
    const index = new ScopeIndex(scopes);
    indexes.set(scopes, index);
    return index;
  }

  /** Every scope of the list that may cover `scope`, and few others. */
  *mayCover(scope: Scope): Iterable<Scope> {
    yield* this.#everything;
    yield* this.#openByType.get(scope.type) ?? [];
    yield* this.#byHead.get(`${scope.type}:${headOf(scope)}`) ?? [];
  }

  /** Every scope of the list that may have something in common with `scope`, and few others. */
  *mayMeet(scope: Scope): Iterable<Scope> {
    if (scope.type === "*") {
      yield* this.scopes;
      return;
    }
    const head = headOf(scope);
    yield* this.#everything;
    if (head.includes("*")) {
      yield* this.#byType.get(scope.type) ?? [];
      return;
    }
    yield* this.#openByType.get(scope.type) ?? [];
    yield* this.#byHead.get(`${scope.type}:${head}`) ?? [];
  }
}

const indexes = new WeakMap<readonly Scope[], ScopeIndex>();

/** Every scope of a list that may cover `scope`; for short lists all of them. */
export function candidatesFor(scopes: readonly Scope[], scope: Scope): Iterable<Scope> {
  return scopes.length <= SHORT_LIST_MAX ? scopes : ScopeIndex.of(scopes).mayCover(scope);
}

function headOf({ type, name }: Scope): string {
  const end = name.indexOf(separatorOf(type));
  return end < 0 ? name : name.slice(0, end);
}

function add(map: Map<string, Scope[]>, key: string, scope: Scope): void {
  const list = map.get(key);
  if (list) {
    list.push(scope);
  } else {
    map.set(key, [scope]);
  }
}
