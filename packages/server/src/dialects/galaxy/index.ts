import type { Hub } from "../../core/hub.ts";
import type { Dialect } from "../../http/dialect.ts";
import type { BaseOf } from "./access.ts";
import { accountRoutes } from "./account-routes.ts";
import { namespaceRoutes } from "./namespace-routes.ts";
import { importRoutes, uploadRoute } from "./publish-routes.ts";
import { pulpRoutes } from "./pulp-routes.ts";
import { readRoutes } from "./read-routes.ts";
import { refuse } from "./refusals.ts";
import { repositoryOf } from "./repositories.ts";
import { apiRoutes, rootRoutes } from "./root-routes.ts";
import { searchRoutes } from "./search-routes.ts";
import { repositoryRoute, sideRoutes } from "./side-routes.ts";
import { baseAt } from "./wire.ts";

/**
 * The private automation hub (galaxy_ng 4.9 with pulp_ansible 0.20) as ansible-galaxy, galaxykit, the modules
 * of `ansible.hub` and the Controller see it: its one API token for each user, and Galaxy's v3 API for
 * collections.
 */
export interface GalaxyOptions {
  /** Without a slash at the end. */
  readonly prefix: string;
}

/** Older private hubs live here; existing configurations name it. */
const OLD_PREFIX = "/api/automation-hub";

export function galaxyDialect(hub: Hub, { prefix }: GalaxyOptions): Dialect {
  // The public URL is read when a reply is written: with port 0 it is known only after the server listens.
  const { policy } = hub;
  const prefixes = [...new Set([prefix, OLD_PREFIX])];
  return {
    name: "galaxy",
    prefixes,
    routes: [
      ...apiRoutes(prefixes),
      ...prefixes.flatMap((path) => {
        const base: BaseOf = (request) => baseAt(policy.publicUrl, path, repositoryOf(request.params).name);
        const mounts = [path, `${path}/content/:repository`];
        const tree = `${path}/v3/plugin/ansible/content/:repository/collections`;
        return [
          ...accountRoutes(path),
          ...namespaceRoutes(path, base),
          ...searchRoutes(path, base),
          ...pulpRoutes(path, base),
          ...sideRoutes(path, base),
          repositoryRoute(tree),
          ...mounts.flatMap((mount) => [
            ...rootRoutes(mount, base),
            uploadRoute(`${mount}/v3/artifacts/collections`, base),
            ...importRoutes(mount, base),
            ...readRoutes(`${mount}/v3/collections`, `${mount}/v3/artifacts/collections`, base),
          ]),
          uploadRoute(`${tree}/artifacts`, base),
          ...readRoutes(`${tree}/index`, `${tree}/artifacts`, base),
        ];
      }),
    ],
    refuse: (error) => refuse(error, `${policy.publicUrl}/`),
  };
}
