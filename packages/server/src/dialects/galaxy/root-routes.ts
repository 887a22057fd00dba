import type { Caller } from "../../core/caller.ts";
import { type AnyRoute, route } from "../../http/dialect.ts";
import { ANYBODY, type BaseOf } from "./access.ts";
import { repositoryOf } from "./repositories.ts";
import { repositoryPath } from "./wire.ts";

/** The release of galaxy_ng whose API this is; galaxykit chooses its paths by it. */
export const GALAXY_NG_VERSION = "4.9.2";

/**
 * The root of the API, and of each repository. The client asks for the configured URL as written, and if that
 * fails for the same with `/api` behind it. Only a caller with credentials is told versions, as in the
 * original.
 */
export function rootRoutes(mount: string, base: BaseOf): readonly AnyRoute[] {
  const roots = [mount, `${mount}/api`].map((path) =>
    route({
      method: "GET",
      path,
      access: ANYBODY,
      read: ({ params }) => repositoryOf(params),
      run: async (_hub, repository, caller) => ({ repository, caller }),
      write: ({ repository, caller }) => ({
        status: 200,
        body: {
          ...writeVersions(caller),
          ...(mount.endsWith(":repository") ? { distro_base_path: repository.name } : {}),
        },
      }),
    }),
  );
  const redirect = route({
    method: "GET",
    path: `${mount}/v3`,
    access: "public",
    read: ({ params }) => repositoryOf(params),
    run: async (_hub, repository) => repository,
    write: (_repository, request) => ({ status: 302, headers: { location: repositoryPath(base(request)) } }),
  });
  return [...roots, redirect];
}

function writeVersions({ proof }: Caller) {
  return proof.by === "nothing"
    ? { available_versions: { v3: "v3/" } }
    : {
        available_versions: { v3: "v3/", "pulp-v3": "pulp/api/v3/" },
        server_version: GALAXY_NG_VERSION,
        galaxy_ng_version: GALAXY_NG_VERSION,
      };
}

/**
 * `/api/`, for configurations that name the host alone: ansible-galaxy joins `v3` to it, and `ansible.hub`'s
 * modules look here for `apis`, without which they take the server for something else.
 */
export function apiRoutes(prefixes: readonly string[]): readonly AnyRoute[] {
  const below = prefixes.find((prefix) => prefix.startsWith("/api/"));
  if (below === undefined) {
    return [];
  }
  return [
    route({
      method: "GET",
      path: "/api",
      access: "public",
      read: () => null,
      run: async () => undefined,
      write: () => ({
        status: 200,
        body: {
          description: "Mintmark",
          available_versions: { v3: `${below.slice("/api/".length)}/v3/` },
          apis: { galaxy: `${below}/` },
        },
      }),
    }),
  ];
}
