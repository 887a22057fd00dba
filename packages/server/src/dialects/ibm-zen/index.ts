import type { HubError } from "../../core/errors.ts";
import type { Hub } from "../../core/hub.ts";
import type { Dialect, RefusedRequest, WireReply } from "../../http/dialect.ts";
import { instanceRoutes } from "./instance-routes.ts";
import { refuse, refuseIam, refuseIdentityProvider } from "./refusals.ts";
import { speller } from "./respell.ts";
import { signInRoutes } from "./sign-in-routes.ts";
import { userRoutes } from "./user-routes.ts";

const IAM = "/identity";
const IDENTITY_PROVIDER = "/idprovider";
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
  "/auth/jwks",
  IDENTITY_PROVIDER,
  "/api/2.0",
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
    refuse: refuseByPath,
  };
}

function refuseByPath(error: HubError, { url }: RefusedRequest): WireReply {
  if (url.startsWith(`${IAM}/`)) {
    return refuseIam(error);
  }
  return url.startsWith(`${IDENTITY_PROVIDER}/`) ? refuseIdentityProvider(error) : refuse(error);
}
