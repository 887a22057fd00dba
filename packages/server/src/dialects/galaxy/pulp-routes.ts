import { HubError } from "../../core/errors.ts";
import { parseJson } from "../../http/body.ts";
import { type AnyRoute, route, type WireRequest } from "../../http/dialect.ts";
import { type BaseOf, SIGNED_IN } from "./access.ts";
import { readFilter, readPage, writeResults } from "./paging.ts";
import { admitMove } from "./publish-routes.ts";
import { REPOSITORIES } from "./repositories.ts";
import { repositoryHref, versionHref } from "./search-routes.ts";
import * as wire from "./wire.ts";

const UUID_AT_END = /\/([0-9a-f-]{36})\/?$/;

/**
 * The few calls of pulp's own API that `ansible.hub` makes to approve an upload
 * (plugins/module_utils/ah_module.py, 1.0.0).
 */
export function pulpRoutes(prefix: string, base: BaseOf): readonly AnyRoute[] {
  const pulp = `${prefix}/pulp/api/v3`;
  const lists = [`${pulp}/repositories`, `${pulp}/repositories/ansible/ansible`];
  return [
    route({
      method: "GET",
      path: `${pulp}/content/ansible/collection_versions`,
      access: SIGNED_IN,
      read: ({ query }) => ({
        ...readPage(query),
        namespace: readFilter(query, "namespace"),
        name: readFilter(query, "name"),
        version: readFilter(query, "version"),
      }),
      run: async (hub, asked, caller) => ({ asked, found: await hub.collections.search(asked, caller) }),
      write: ({ asked, found }, request) => ({
        status: 200,
        body: writeResults(
          found,
          asked,
          `${originOf(base, request)}/pulp/api/v3/content/ansible/collection_versions/`,
          (item) => ({
            pulp_href: versionHref(base(request), item.id),
            pulp_created: wire.time(item.createdAt),
            namespace: item.namespace,
            name: item.name,
            version: item.version,
            sha256: item.sha256,
            requires_ansible: item.requiresAnsible,
            is_highest: item.isHighest,
          }),
        ),
      }),
    }),
    ...lists.map((path) =>
      route({
        method: "GET",
        path,
        access: SIGNED_IN,
        read: ({ query }) => ({ ...readPage(query), name: readFilter(query, "name") }),
        run: async (_hub, asked) => asked,
        write: (asked, request) => {
          const found = REPOSITORIES.filter(({ name }) => (asked.name ?? name) === name);
          const items = found.slice(asked.offset, asked.offset + asked.limit);
          const url = `${originOf(base, request)}${path.slice(prefix.length)}/`;
          return {
            status: 200,
            body: writeResults({ items, count: found.length }, asked, url, ({ name }) => ({
              pulp_href: repositoryHref(base(request), name),
              name,
              description: null,
              pulp_labels: {},
              remote: null,
            })),
          };
        },
      }),
    ),
    route({
      method: "POST",
      path: `${pulp}/repositories/ansible/ansible/:repository/move_collection_version`,
      access: SIGNED_IN,
      read: readMove,
      run: (hub, id, caller) => hub.publications.task(id, caller),
      write: ({ id }, request) => ({
        status: 202,
        body: { task: `${base(request).path}/pulp/api/v3/tasks/${id}/` },
      }),
    }),
    route({
      method: "GET",
      path: `${pulp}/tasks/:id`,
      access: SIGNED_IN,
      read: ({ params }) => params.id ?? "",
      run: (hub, id, caller) => hub.publications.task(id, caller),
      write: (task, request) => ({ status: 200, body: wire.writeTask(base(request), task) }),
    }),
  ];
}

function originOf(base: BaseOf, request: WireRequest): string {
  const { origin, path } = base(request);
  return `${origin}${path}`;
}

/** The id of the one version that is to be moved. */
function readMove(request: WireRequest): string {
  let body: { collection_versions?: unknown; destination_repositories?: unknown };
  try {
    body = parseJson(request.body) ?? {};
  } catch {
    body = {};
  }
  const [version, ...others] = hrefsOf(body.collection_versions);
  const [destination = ""] = hrefsOf(body.destination_repositories);
  const id = UUID_AT_END.exec(version ?? "")?.[1];
  if (id === undefined || others.length > 0) {
    throw new HubError("malformed_request", {
      field: "collection_versions",
      explanation: "collection_versions must hold the pulp_href of one collection version.",
    });
  }
  admitMove(request.params.repository ?? "", destination.replace(/\/$/, "").split("/").pop() ?? "");
  return id;
}

function hrefsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
}
