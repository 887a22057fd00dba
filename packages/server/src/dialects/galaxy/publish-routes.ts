import { HubError } from "../../core/errors.ts";
import { type AnyRoute, route } from "../../http/dialect.ts";
import { type BaseOf, SIGNED_IN } from "./access.ts";
import { admitUpload, repositoryOf } from "./repositories.ts";
import { readUpload } from "./upload.ts";
import * as wire from "./wire.ts";

/** Publishing: the body is a form with the tarball in it, the answer names the import. */
export function uploadRoute(path: string, base: BaseOf): AnyRoute {
  return route({
    method: "POST",
    path,
    access: SIGNED_IN,
    body: "stream",
    read: ({ stream, headers, params }) => ({ body: stream, headers, repository: repositoryOf(params) }),
    run: async (hub, { body, headers, repository }, caller) => {
      if (!body) {
        throw new HubError("unsupported_media_type");
      }
      const admit = (filename: string): void => {
        admitUpload(repository, hub.publications.requirePublishable(filename, caller).namespace);
      };
      const bytesMax = hub.publications.uploadBytesMax;
      const { filename, staged } = await readUpload(
        { body, headers, admit, bytesMax },
        hub.publications.artifacts,
      );
      return hub.publications.publish(filename, staged, caller);
    },
    write: ({ id }, request) => ({ status: 202, body: { task: wire.importPath(base(request), id) } }),
  });
}

/** How an upload went, and the step from `staging` to `published` that the original has between them. */
export function importRoutes(mount: string, base: BaseOf): readonly AnyRoute[] {
  const imports = [
    `${mount}/v3/imports/collections/:id`,
    `${mount}/v3/plugin/ansible/imports/collections/:id`,
    `${mount}/_ui/v1/imports/collections/:id`,
  ];
  return [
    ...imports.map((path) =>
      route({
        method: "GET",
        path,
        access: SIGNED_IN,
        read: ({ params }) => params.id ?? "",
        run: (hub, id, caller) => hub.publications.importRecord(id, caller),
        write: (record) => ({ status: 200, body: wire.writeImport(record) }),
      }),
    ),
    route({
      method: "POST",
      path: `${mount}/v3/collections/:namespace/:name/versions/:version/move/:source/:destination`,
      access: SIGNED_IN,
      read: (request) => {
        admitMove(request.params.source ?? "", request.params.destination ?? "");
        return wire.readIdentity(request);
      },
      run: (hub, identity, caller) => hub.collections.confirmPublished(identity, caller),
      write: ({ id }) => ({
        status: 202,
        body: { copy_task_id: id, remove_task_id: id, curate_all_synclists_task_id: id },
      }),
    }),
    route({
      method: "GET",
      path: `${mount}/v3/tasks/:id`,
      access: SIGNED_IN,
      read: ({ params }) => params.id ?? "",
      run: (hub, id, caller) => hub.publications.task(id, caller),
      write: (task, request) => ({ status: 200, body: wire.writeTask(base(request), task) }),
    }),
  ];
}

/**
 * Collections are published as they arrive, so a move from staging finds its work done; there is nothing to
 * move elsewhere.
 */
export function admitMove(source: string, destination: string): void {
  if (repositoryOf({ repository: destination }).name !== "published") {
    throw new HubError("malformed_request", {
      field: "destination",
      explanation: "Collections are in the repository published and cannot be moved elsewhere.",
    });
  }
  repositoryOf({ repository: source });
}
