import { Type } from "typebox";
import type { Collection, CollectionName, CollectionVersionSummary } from "../../core/collection/ports.ts";
import { malformed } from "../../core/malformed.ts";
import { type AnyRoute, route, type WireRequest } from "../../http/dialect.ts";
import { SIGNED_IN } from "./access.ts";
import type { RouteDescription } from "./route-description.ts";
import { CURSOR_FORM, readLimit, refuseUnknownParameters, time } from "./wire.ts";

const PAGE_QUERY = { cursor: "nextCursor of the previous answer", limit: "1 to 200" };
const NextCursor = Type.Union([Type.String(), Type.Null()]);

const CollectionView = Type.Object({
  namespace: Type.String(),
  name: Type.String(),
  highestVersion: Type.String(),
  createdAt: Type.String({ format: "date-time" }),
  updatedAt: Type.String({ format: "date-time" }),
});

const VersionView = Type.Object({
  version: Type.String(),
  sha256: Type.String(),
  size: Type.Integer({ description: "bytes" }),
  requiresAnsible: Type.Union([Type.String(), Type.Null()]),
  createdAt: Type.String({ format: "date-time" }),
});

/** Reads what was published. Publishing and downloading are in the Galaxy dialect (`../galaxy/`). */
export function collectionRoutes(base: string): readonly AnyRoute[] {
  return [
    route({
      method: "GET",
      path: `${base}/collections`,
      access: SIGNED_IN,
      description: {
        id: "listCollections",
        summary: "The collections that the caller may download, by name",
        tag: "collections",
        query: PAGE_QUERY,
        status: 200,
        answer: Type.Object({
          collections: Type.Array(CollectionView),
          count: Type.Integer(),
          nextCursor: NextCursor,
        }),
        refusals: [400, 401, 403],
      } satisfies RouteDescription,
      read: readPage,
      run: async (hub, page, caller) => ({
        page,
        found: await hub.collections.list({ ...page, order: "name" }, caller),
      }),
      write: ({ page, found }) => ({
        status: 200,
        body: {
          collections: found.items.map(viewCollection),
          count: found.count,
          nextCursor: nextCursor(page, found.count),
        },
      }),
    }),
    route({
      method: "GET",
      path: `${base}/collections/:namespace/:name`,
      access: SIGNED_IN,
      description: {
        id: "getCollection",
        summary: "One collection and its versions, the highest first",
        tag: "collections",
        query: PAGE_QUERY,
        status: 200,
        answer: Type.Object({
          collection: CollectionView,
          versions: Type.Array(VersionView),
          count: Type.Integer(),
          nextCursor: NextCursor,
        }),
        refusals: [400, 401, 403, 404],
      } satisfies RouteDescription,
      read: (request) => ({ of: readName(request), page: readPage(request) }),
      run: async (hub, { of, page }, caller) => ({
        page,
        collection: await hub.collections.get(of, caller),
        versions: await hub.collections.versions(of, page, caller),
      }),
      write: ({ page, collection, versions }) => ({
        status: 200,
        body: {
          collection: viewCollection(collection),
          versions: versions.items.map(viewVersion),
          count: versions.count,
          nextCursor: nextCursor(page, versions.count),
        },
      }),
    }),
  ];
}

interface OffsetPage {
  readonly limit: number;
  readonly offset: number;
}

function readPage(request: WireRequest): OffsetPage {
  refuseUnknownParameters(request, Object.keys(PAGE_QUERY));
  const cursor = request.query.get("cursor") ?? "0";
  if (!/^[0-9]{1,9}$/.test(cursor)) {
    throw malformed("cursor", CURSOR_FORM, cursor);
  }
  return { limit: readLimit(request), offset: Number(cursor) };
}

function nextCursor({ offset, limit }: OffsetPage, count: number): string | null {
  return offset + limit < count ? String(offset + limit) : null;
}

function readName({ params }: WireRequest): CollectionName {
  return { namespace: params.namespace ?? "", name: params.name ?? "" };
}

function viewCollection({ namespace, name, highestVersion, createdAt, updatedAt }: Collection) {
  return { namespace, name, highestVersion, createdAt: time(createdAt), updatedAt: time(updatedAt) };
}

function viewVersion({ version, sha256, size, requiresAnsible, createdAt }: CollectionVersionSummary) {
  return { version, sha256, size, requiresAnsible, createdAt: time(createdAt) };
}
