import { Readable } from "node:stream";
import type { Caller } from "../../core/caller.ts";
import { HubError } from "../../core/errors.ts";
import type { Hub } from "../../core/hub.ts";
import { type AnyRoute, route, type WireRequest } from "../../http/dialect.ts";
import { ANYBODY, type BaseOf, SIGNED_IN } from "./access.ts";
import { readDownload, sendDownload } from "./download.ts";
import { readFilter, readFlag, readPage, writePage } from "./paging.ts";
import { repositoryOf } from "./repositories.ts";
import * as wire from "./wire.ts";

/**
 * An empty repository is asked for a name that does not exist, so that the caller's rights are checked all
 * the same.
 */
const NO_COLLECTION = "-";

/** Finding, fetching and deleting what is published, below one of the paths of a repository. */
export function readRoutes(collections: string, artifacts: string, base: BaseOf): readonly AnyRoute[] {
  const collection = `${collections}/:namespace/:name`;
  return [
    route({
      method: "GET",
      path: collections,
      access: ANYBODY,
      read: readList,
      run: async (hub, asked, caller) => ({ asked, found: await hub.collections.list(asked, caller) }),
      write: ({ asked, found }, request) => ({
        status: 200,
        body: writePage(found, asked, wire.collectionsPath(base(request)), (item) =>
          wire.writeCollection(base(request), item),
        ),
      }),
    }),
    route({
      method: "GET",
      path: collection,
      access: ANYBODY,
      read: readNamed,
      run: async (hub, asked, caller) => {
        await refuseIfEmpty(hub, asked, caller);
        return hub.collections.get(asked, caller);
      },
      write: (found, request) => ({ status: 200, body: wire.writeCollection(base(request), found) }),
    }),
    route({
      method: "GET",
      path: `${collection}/versions`,
      access: ANYBODY,
      read: readVersions,
      run: async (hub, asked, caller) => ({
        asked,
        found: await hub.collections.versions(asked.name, asked, caller),
      }),
      write: ({ asked, found }, request) => ({
        status: 200,
        body: writePage(found, asked, wire.versionsPath(base(request), asked.name), (item) =>
          wire.writeVersionSummary(base(request), item),
        ),
      }),
    }),
    route({
      method: "GET",
      path: `${collection}/versions/:version`,
      access: ANYBODY,
      read: readNamed,
      run: async (hub, asked, caller) => {
        await refuseIfEmpty(hub, asked, caller);
        const version = await hub.collections.version(asked, caller);
        const manifestJson = hub.collections.readText(version, "manifestJson");
        return { version, manifestJson, filesJson: hub.collections.readText(version, "filesJson") };
      },
      write: (whole, request) => ({
        status: 200,
        contentType: "application/json; charset=utf-8",
        body: Readable.from(wire.writeVersion(base(request), whole)),
      }),
    }),
    route({
      method: "GET",
      path: `${collection}/versions/:version/docs-blob`,
      access: ANYBODY,
      read: readNamed,
      run: async (hub, asked, caller) => {
        await refuseIfEmpty(hub, asked, caller);
        return hub.collections.version(asked, caller);
      },
      // Documentation is rendered by galaxy-importer, which does not run here; the original answers so for
      // what it has not rendered.
      write: () => ({ status: 200, body: { docs_blob: {} } }),
    }),
    ...[collection, `${collection}/versions/:version`].map((path) =>
      route({
        method: "DELETE",
        path,
        access: SIGNED_IN,
        read: readNamed,
        run: async (hub, asked, caller) => {
          await refuseIfEmpty(hub, asked, caller);
          const { namespace, name, version } = asked;
          return hub.publications.remove({ namespace, name, ...(version === "" ? {} : { version }) }, caller);
        },
        write: ({ id }, request) => ({ status: 202, body: { task: wire.taskPath(base(request), id) } }),
      }),
    ),
    route({
      method: "GET",
      path: `${artifacts}/:filename`,
      access: ANYBODY,
      read: (request) => ({ ...readDownload(request), repository: repositoryOf(request.params) }),
      run: async (hub, asked, caller) => {
        await refuseIfEmpty(hub, asked, caller);
        return sendDownload(await hub.collections.download(asked.filename, caller), asked);
      },
      write: (reply) => reply,
    }),
  ];
}

function readNamed(request: WireRequest) {
  return { ...wire.readIdentity(request), repository: repositoryOf(request.params) };
}

/** The filters of pulp_ansible 0.20, `CollectionFilter`. Nothing here is deprecated. */
function readList(request: WireRequest) {
  const { query, params } = request;
  const isEmpty = !repositoryOf(params).isFull || readFlag(query, "deprecated") === true;
  return {
    ...readPage(query),
    namespace: isEmpty ? NO_COLLECTION : readFilter(query, "namespace"),
    name: readFilter(query, "name"),
  };
}

/** The filters of pulp_ansible 0.20, `CollectionVersionFilter`, and its orders. */
function readVersions(request: WireRequest) {
  const { query, params } = request;
  return {
    ...readPage(query),
    name: wire.readName(request),
    only: repositoryOf(params).isFull ? readFilter(query, "version") : NO_COLLECTION,
    isHighest: readFlag(query, "is_highest"),
    order: ORDERS.get(query.get("ordering") ?? query.get("order_by") ?? ""),
  };
}

const ORDERS = new Map([
  ["version", "lowest"],
  ["-version", "highest"],
  ["pulp_created", "oldest"],
  ["created", "oldest"],
  ["-pulp_created", "newest"],
  ["-created", "newest"],
] as const) as ReadonlyMap<string, "lowest" | "highest" | "oldest" | "newest">;

async function refuseIfEmpty(
  hub: Hub,
  { repository }: { readonly repository: { readonly isFull: boolean } },
  caller: Caller,
): Promise<void> {
  if (!repository.isFull) {
    await hub.collections.list({ limit: 1, offset: 0, namespace: NO_COLLECTION }, caller);
    throw new HubError("not_found");
  }
}
