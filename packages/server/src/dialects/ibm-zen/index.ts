import type { Hub } from "../../core/hub.ts";
import type { Dialect } from "../../http/dialect.ts";
import { instanceRoutes } from "./instance-routes.ts";
import { refuse, refuseIam } from "./refusals.ts";
import { speller } from "./respell.ts";
import { signInRoutes } from "./sign-in-routes.ts";
import { userRoutes } from "./user-routes.ts";

const IAM = "/identity";
const PREFIXES = [
  "/usermgmt",
  "/api/v1/usermgmt",
  "/zen-data",
  "/icp4d-api",
  "/v1/authorize",
  "/v1/preauth",
  IAM,
  "/siusermgr",
  "/auth/jwtpublic",
];

/**
 * IBM Data Product Hub as its scripts and SDKs see it: Zen, the control plane it shares with Software Hub and
 * Cloud Pak for Data (5.x). A platform key for each user, a key for each user and service instance, and
 * bearers derived from them. There is no specification; the behaviour follows IBM's pages, the SDKs' source
 * and runs of the SDKs.
 */
export function ibmZenDialect(hub: Hub): Dialect {
  const routes = [...signInRoutes, ...userRoutes(hub), ...instanceRoutes];
  return {
    name: "ibm-zen",
    prefixes: PREFIXES,
    routes,
    respell: speller(
      routes.map(({ path }) => path),
      PREFIXES,
    ),
    auditsRefusals: true,
    refuse: (error, { url }) => (url.startsWith(`${IAM}/`) ? refuseIam(error) : refuse(error)),
  };
}
