import type { CredentialKind } from "@mintmark/sdk";

/** How many an owner has of each kind. The compiler asks for a kind that is missing here. */
const OWNED: Readonly<Record<CredentialKind, "one" | "many">> = {
  offline_token: "many",
  hub_token: "one",
  app_token: "many",
  platform_key: "one",
  instance_key: "one",
  personal_token: "many",
};

export const KINDS = Object.keys(OWNED) as readonly CredentialKind[];

/** True if making another ends the one that is in use. */
export function isReplaced(kind: CredentialKind): boolean {
  return OWNED[kind] === "one";
}
