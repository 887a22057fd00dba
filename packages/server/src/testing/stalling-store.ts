import { join } from "node:path";
import type { Store } from "../core/store.ts";
import type { Clock } from "../core/world.ts";
import { openSqliteStore } from "../storage/sqlite/open.ts";

/** A store on SQLite whose look-ups of credentials by digest never answer while it is stalled. */
export class StallingStore {
  isStalled = false;

  /** Opens it, as the harness does. */
  readonly open = async (directory: string, clock: Clock): Promise<Store> => {
    const store = await openSqliteStore(join(directory, "mintmark.sqlite"), clock);
    const credentials = new Proxy(store.read.credentials, {
      get: (target, name) =>
        name === "findByDigest" && this.isStalled
          ? () => new Promise(() => undefined)
          : boundOf(target, name),
    });
    const read = { ...store.read, credentials };
    return new Proxy(store, { get: (target, name) => (name === "read" ? read : boundOf(target, name)) });
  };
}

function boundOf(target: object, name: string | symbol): unknown {
  const value: unknown = Reflect.get(target, name, target);
  return typeof value === "function" ? value.bind(target) : value;
}
