import { type Static, Type } from "typebox";
import { formatScope } from "../../core/authority/scope.ts";
import type { ServiceWithStewards } from "../../core/service/services.ts";
import { Nullable, Scopes, Text, Time, time } from "./wire.ts";

/** The shapes of services. */
const Stewards = Type.Array(Text, { maxItems: 100, description: "user names" });

export const NewServiceBody = Type.Object({
  name: Text,
  description: Type.Optional(Nullable(Text)),
  stewards: Type.Optional(Stewards),
  grants: Type.Optional(Scopes),
});
export const ServicePatchBody = Type.Object({
  description: Type.Optional(Nullable(Text)),
  stewards: Type.Optional(Stewards),
  grants: Type.Optional(Scopes),
});

export const ServiceView = Type.Object({
  id: Type.String(),
  name: Type.String(),
  description: Nullable(Type.String()),
  stewards: Type.Array(Type.String({ description: "user name" })),
  orphaned: Type.Boolean({ description: "true if none of its stewards is enabled" }),
  grants: Type.Array(Type.String()),
  clientId: Nullable(Type.String({ description: "its own OAuth client" })),
  createdAt: Time,
});

export function viewService(found: ServiceWithStewards): Static<typeof ServiceView> {
  const { service, stewards, orphaned, clientId } = found;
  return {
    id: service.id,
    name: service.username,
    description: service.description,
    stewards: stewards.map(({ username }) => username),
    orphaned,
    grants: service.grants.map(formatScope),
    clientId,
    createdAt: time(service.createdAt),
  };
}
