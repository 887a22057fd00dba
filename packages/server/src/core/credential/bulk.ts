import { actorOf, type Caller } from "../caller.ts";
import type { HubContext } from "../context.ts";
import { HubError, type HubErrorCode } from "../errors.ts";
import { requireStanding } from "../standing.ts";
import type { Writes } from "../store.ts";
import { freezeInside, thawInside } from "./freeze.ts";
import { findManaged } from "./manage.ts";
import { requireReason } from "./note.ts";
import type { CredentialFilter } from "./ports.ts";
import { presentEnd } from "./present-end.ts";
import { revokeInside } from "./revoke.ts";

export type BulkAction = "revoke" | "freeze" | "thaw";

export interface BulkRequest {
  readonly action: BulkAction;
  /** Which ones: those named, or those that the filter matches now. */
  readonly which: { readonly ids: readonly string[] } | { readonly filter: BulkFilter };
  readonly reason: string | null;
  /** The number that the caller expects to match; left out: nothing happens but counting. */
  readonly confirm: number | undefined;
}

export type BulkFilter = Omit<CredentialFilter, "order" | "after" | "limit" | "now">;

export type BulkOutcome =
  | { readonly matches: number }
  | {
      readonly done: number;
      readonly failed: readonly { readonly id: string; readonly code: HubErrorCode }[];
    };

/** So many share a transaction: few enough that other writes need not wait long. */
const BATCH = 100;
const PAGE = 1_000;

/** Changes of many credentials at once. */
export class BulkChanges {
  readonly #context: HubContext;

  constructor(context: HubContext) {
    this.#context = context;
  }

  /**
   * Revokes, freezes or thaws many. Each is judged in the transaction that changes it, and each has its own
   * audit event; one that is refused does not stop the others. Throws `count_changed` if another number
   * matches than was confirmed.
   */
  async run(request: BulkRequest, caller: Caller): Promise<BulkOutcome> {
    requireReason(request.reason);
    const ids =
      "ids" in request.which
        ? [...new Set(request.which.ids)]
        : await match(this.#context, request.which.filter);
    if (request.confirm === undefined) {
      return { matches: ids.length };
    }
    if (request.confirm !== ids.length) {
      throw new HubError("count_changed", { facts: { matches: ids.length } });
    }
    const failed: { id: string; code: HubErrorCode }[] = [];
    for (let from = 0; from < ids.length; from += BATCH) {
      failed.push(...(await changeBatch(this.#context, ids.slice(from, from + BATCH), request, caller)));
    }
    return { done: ids.length - failed.length, failed };
  }
}

async function match({ store, clock }: HubContext, filter: BulkFilter): Promise<readonly string[]> {
  const ids = new Set<string>();
  const now = clock.now();
  for (const state of filter.state === undefined ? (["active", "frozen"] as const) : [filter.state]) {
    let after: CredentialFilter["after"];
    for (;;) {
      const page = await store.read.credentials.list({ ...filter, state, now, after, limit: PAGE });
      for (const { id } of page) {
        ids.add(id);
      }
      const last = page[page.length - 1];
      if (!last || page.length < PAGE) {
        break;
      }
      after = { key: last.id, id: last.id };
    }
  }
  return [...ids];
}

async function changeBatch(
  context: HubContext,
  ids: readonly string[],
  request: BulkRequest,
  caller: Caller,
): Promise<readonly { readonly id: string; readonly code: HubErrorCode }[]> {
  return context.store.write(async (writes) => {
    await requireStanding(context, writes, caller);
    const failed: { id: string; code: HubErrorCode }[] = [];
    for (const id of ids) {
      try {
        await changeOne(context, writes, id, { request, caller });
      } catch (error) {
        // What is refused is judged before anything is written, so nothing of it needs to be undone.
        if (!(error instanceof HubError) || error.code === "store_unavailable" || error.code === "internal") {
          throw error;
        }
        failed.push({ id, code: error.code });
      }
    }
    return failed;
  }, "large");
}

async function changeOne(
  context: HubContext,
  writes: Writes,
  id: string,
  { request, caller }: { readonly request: BulkRequest; readonly caller: Caller },
): Promise<void> {
  const { credential, manager } = await findManaged(writes, id, caller);
  if (await presentEnd(context, writes.credentials, credential)) {
    throw new HubError("credential_ended");
  }
  const freezer = { actor: actorOf(caller), class: manager };
  switch (request.action) {
    case "revoke":
      await revokeInside(context, writes, credential, { caller, note: request.reason });
      return;
    case "freeze":
      await freezeInside(context, writes, credential, { ...freezer, reason: request.reason, until: null });
      return;
    case "thaw":
      await thawInside(context, writes, credential, freezer);
      return;
  }
}
