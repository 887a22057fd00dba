import type { Door } from "../core/usage/ports.ts";

/** The part of the hub that a dialect is. A dialect that is not here is a part of our own API. */
const DOORS: Readonly<Record<string, Door>> = {
  galaxy: "galaxy",
  keycloak: "realm",
  "docker-registry": "registry",
  quay: "registry",
  "ibm-zen": "zen",
  gateway: "gateway",
  oauth: "introspection",
};

export function doorOf(dialectName: string): Door {
  return DOORS[dialectName] ?? "api";
}
