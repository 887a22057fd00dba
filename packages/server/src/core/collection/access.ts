import type { Scope } from "../authority/scope.ts";
import type { Caller } from "../caller.ts";
import { HubError } from "../errors.ts";
import { quote } from "./manifest.ts";
import type { CollectionName } from "./ports.ts";

type CollectionAction = "upload" | "download" | "delete";

/** The scope of an action on a collection. */
export function scopeOf({ namespace, name }: CollectionName, action: CollectionAction): Scope {
  return { type: "collection", name: `${namespace}.${name}`, actions: [action] };
}

/** Throws `unauthenticated` or `forbidden` if the caller may not do that to the collection. */
export function demand(caller: Caller, name: CollectionName, action: CollectionAction): void {
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

/** For requests that name no collection: throws if the caller may not download any. */
export function demandSome(caller: Caller): void {
  if (!caller.authority.permitsSome("collection", "download")) {
    refuseStrangers(caller);
    throw new HubError("forbidden");
  }
}

function refuseStrangers(caller: Caller): void {
  if (caller.proof.by === "nothing") {
    throw new HubError("unauthenticated");
  }
}
