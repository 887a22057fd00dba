import { type Static, Type } from "typebox";
import { HUB_AUDIT } from "../../core/authority/authority.ts";
import type { Sources, UseSource } from "../../core/usage/ports.ts";
import { type AnyRoute, route } from "../../http/dialect.ts";
import { OWN_THINGS } from "./access.ts";
import { CredentialView, viewCredential } from "./credential-view.ts";
import { visible } from "./credentials.ts";
import type { RouteDescription } from "./route-description.ts";
import { Nullable, Time, time, Words } from "./wire.ts";

const SourceView = Type.Object({
  address: Nullable(Type.String()),
  agent: Nullable(Type.String()),
  door: Words(["galaxy", "realm", "registry", "zen", "gateway", "introspection", "api"]),
  firstUsedAt: Time,
  lastUsedAt: Time,
  uses: Type.Integer(),
});

const AdviceView = Type.Object({
  proposed: Type.Array(Type.String(), { description: "for `addresses` or `addressTrial`; empty if unused" }),
  since: Time,
  complete: Type.Boolean({ description: "false: it was used from more places than are kept" }),
  outside: Type.Array(SourceView, { description: "uses that the list on trial would have refused" }),
});

/** Where a credential is used from, and how far a rotation has come. */
export function credentialSourceRoutes(base: string): readonly AnyRoute[] {
  const path = `${base}/credentials/:id`;
  return [
    route({
      method: "GET",
      path: `${path}/sources`,
      access: OWN_THINGS,
      description: {
        id: "getCredentialSources",
        summary:
          "The addresses and programs that use it, the latest first; more counts those that are no longer kept",
        tag: "credentials",
        status: 200,
        answer: Type.Object({ sources: Type.Array(SourceView), more: Type.Integer() }),
        refusals: [401, 403, 404],
      } satisfies RouteDescription,
      read: ({ params }) => params.id ?? "",
      run: async (hub, id, caller) => hub.uses.sources(await visible(hub, id, caller, HUB_AUDIT)),
      write: (found: Sources) => ({
        status: 200,
        body: { sources: found.sources.map(viewSource), more: found.more },
      }),
    }),
    route({
      method: "GET",
      path: `${path}/addresses`,
      access: OWN_THINGS,
      description: {
        id: "adviseAddresses",
        summary:
          "The shortest list of addresses that covers its uses, and the uses that the list on trial would refuse",
        tag: "credentials",
        status: 200,
        answer: AdviceView,
        refusals: [401, 403, 404],
      } satisfies RouteDescription,
      read: ({ params }) => params.id ?? "",
      run: async (hub, id, caller) => hub.uses.addressAdvice(await visible(hub, id, caller, HUB_AUDIT)),
      write: ({ proposed, since, isComplete, outside }) => ({
        status: 200,
        body: { proposed, since: time(since), complete: isComplete, outside: outside.map(viewSource) },
      }),
    }),
    route({
      method: "GET",
      path: `${path}/rotation`,
      access: OWN_THINGS,
      description: {
        id: "getCredentialRotation",
        summary: "Predecessor and successor of its rotation, and where the old one is still used",
        tag: "credentials",
        status: 200,
        answer: Type.Object({
          predecessor: CredentialView,
          successor: CredentialView,
          stillOnTheOld: Type.Array(SourceView),
        }),
        refusals: [401, 403, 404],
      } satisfies RouteDescription,
      read: ({ params }) => params.id ?? "",
      run: async (hub, id, caller) => {
        const found = await hub.uses.cutOver(await visible(hub, id, caller, HUB_AUDIT));
        return {
          predecessor: await viewCredential(hub, found.predecessor),
          successor: await viewCredential(hub, found.successor),
          stillOnTheOld: found.stillOnTheOld.map(viewSource),
        };
      },
      write: (body) => ({ status: 200, body }),
    }),
  ];
}

function viewSource({ address, agent, door, firstAt, lastAt, uses }: UseSource): Static<typeof SourceView> {
  return { address, agent, door, firstUsedAt: time(firstAt), lastUsedAt: time(lastAt), uses };
}
