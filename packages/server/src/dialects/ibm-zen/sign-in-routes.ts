import type { Hub } from "../../core/hub.ts";
import { type AnyRoute, type Route, route, type WireReply, type WireRequest } from "../../http/dialect.ts";
import { keysRoute } from "../../http/oauth/metadata.ts";
import { type BearerParent, makeBearer, showBearer, type ZenBearer } from "./bearer.ts";
import { signInByKey, signInByPassword } from "./sign-in.ts";
import * as wire from "./wire.ts";

/** Where a key or a password becomes a bearer, and where its signature can be checked. */
export const signInRoutes: readonly AnyRoute[] = [
  ...["/icp4d-api/v1/authorize", "/v1/authorize"].map((path) =>
    exchange({ method: "POST", path }, wire.readAuthorize, authorize, wire.writeToken),
  ),
  route({
    method: "GET",
    path: "/v1/preauth/validateAuth",
    access: "public",
    read: (request) => ({ proof: wire.readValidateAuth(request), request }),
    run: async (hub, { proof, request }) =>
      "bearer" in proof
        ? showBearer(hub, proof, request.origin)
        : makeBearer(hub, await signInByPassword(hub, proof, request.origin)),
    write: wire.writeValidated,
  }),
  // IBM's SDKs for a platform with an identity provider of its own spell it in both ways; case does not
  // matter here.
  exchange(
    { method: "POST", path: "/idprovider/v1/auth/identitytoken" },
    wire.readIdentityToken,
    signInByPassword,
    wire.writeIdentityToken,
  ),
  exchange(
    { method: "POST", path: "/v1/preauth/signin" },
    wire.readSignIn,
    signInByPassword,
    wire.writeToken,
  ),
  exchange(
    { method: "POST", path: "/identity/token" },
    wire.readIamGrant,
    signInByKeyAlone,
    wire.writeIamToken,
  ),
  ...[
    "/siusermgr/api/1.0/apikeys/token",
    // MCSP v2: the account, subscription or service names a scope that keys of this hub do not have.
    "/api/2.0/apikeys/token",
    ...["accounts", "subscriptions", "services"].map((scope) => `/api/2.0/${scope}/:id/apikeys/token`),
  ].map((path) => exchange({ method: "POST", path }, wire.readMcsp, signInByKeyAlone, wire.writeMcspToken)),
  ...["/auth/jwks", "/identity/keys"].map((path) => keysRoute(path, ["zen"])),
  route({
    method: "GET",
    path: "/auth/jwtpublic",
    access: "public",
    read: () => null,
    run: (hub) => hub.keys.publicPem("zen"),
    write: (pem) => ({ status: 200, body: pem }),
  }),
];

type Origin = WireRequest["origin"];

/** The credentials are in the request itself, so these endpoints do not identify a caller. */
function exchange<Shown>(
  door: Pick<Route<unknown, unknown>, "method" | "path">,
  read: (request: WireRequest) => Shown,
  signIn: (hub: Hub, shown: Shown, origin: Origin) => Promise<BearerParent>,
  write: (bearer: ZenBearer) => WireReply,
): AnyRoute {
  return route({
    ...door,
    access: "public",
    read: (request) => ({ proof: read(request), request }),
    run: async (hub, { proof, request }) => {
      const parent = await signIn(hub, proof, request.origin);
      request.shown.credential = parent.credential;
      return makeBearer(hub, parent);
    },
    write,
  });
}

function authorize(hub: Hub, shown: wire.Authorize, origin: Origin): Promise<BearerParent> {
  return "key" in shown
    ? signInByKey(hub, shown.key, shown.username, origin)
    : signInByPassword(hub, shown, origin);
}

function signInByKeyAlone(
  hub: Hub,
  key: Parameters<typeof signInByKey>[1],
  origin: Origin,
): Promise<BearerParent> {
  return signInByKey(hub, key, null, origin);
}
