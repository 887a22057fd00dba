import { Type } from "typebox";
import { HubError } from "../../core/errors.ts";
import { malformed } from "../../core/malformed.ts";
import { loginPieces } from "../../core/registry/login-pieces.ts";
import { Secret } from "../../core/secret/secret.ts";
import { reader, readJson } from "../../http/body.ts";
import { type AnyRoute, route } from "../../http/dialect.ts";
import { OWN_THINGS } from "./access.ts";
import type { RouteDescription } from "./route-description.ts";

const LoginPiecesBody = Type.Object({
  secret: Type.String({
    maxLength: 100,
    description: "one of the caller's app tokens, as shown when it was created",
  }),
  registry: Type.Optional(
    Type.String({
      maxLength: 260,
      description: "host[:port]; if absent: the first registry that trusts this hub, else the hub's own host",
    }),
  ),
  namespace: Type.Optional(
    Type.String({ maxLength: 255, description: "narrows the pull secret to host/namespace" }),
  ),
});

const LoginPiecesView = Type.Object({
  username: Type.Literal("$app"),
  registry: Type.String({ description: "the registry that the pieces are for" }),
  registryHosts: Type.Array(Type.String(), {
    description: "every registry that trusts this hub, as the operator named them",
  }),
  commands: Type.Object({ podman: Type.String(), docker: Type.String(), skopeo: Type.String() }),
  dockerConfig: Type.Object({ filename: Type.String(), text: Type.String() }),
  kubernetes: Type.Object({
    name: Type.String(),
    filename: Type.String(),
    text: Type.String(),
    command: Type.String(),
    podSpec: Type.String(),
  }),
});

const readBody = reader(LoginPiecesBody, { strict: true });

/**
 * The pieces of Quay's dialog for a new app token. Only the holder knows the secret, so the holder presents
 * it again here; any other than an active app token of the caller answers like an unknown one.
 */
export function loginPiecesRoute(base: string): AnyRoute {
  return route({
    method: "POST",
    path: `${base}/registry/login-pieces`,
    access: OWN_THINGS,
    description: {
      id: "makeLoginPieces",
      summary: "Log-in commands, config.json and a Kubernetes pull secret for one of the caller's app tokens",
      tag: "registry",
      body: LoginPiecesBody,
      status: 200,
      answer: LoginPiecesView,
      refusals: [400, 401, 403, 404],
    } satisfies RouteDescription,
    read: (request) => {
      const { secret, ...rest } = readBody(readJson(request));
      return { ...rest, secret: new Secret(secret) };
    },
    run: async (hub, { secret, registry, namespace }, caller) => {
      const verdict = await hub.verdicts.verify(secret);
      const own =
        verdict.active &&
        verdict.account.id === caller.account?.id &&
        verdict.credential.kind === "app_token";
      if (!own) {
        throw new HubError("not_found");
      }
      const { registryHosts, publicUrl } = hub.policy;
      const host = registry ?? registryHosts[0] ?? new URL(publicUrl).host;
      try {
        const pieces = loginPieces({
          registry: host,
          namespace,
          secret: secret.reveal(),
          title: verdict.credential.title,
        });
        return { ...pieces, registry: host, registryHosts: [...registryHosts] };
      } catch (error) {
        throw error instanceof RangeError
          ? malformed("registry", "a host, with a port if it has one", host)
          : error;
      }
    },
    write: (body) => ({ status: 200, body }),
  });
}
