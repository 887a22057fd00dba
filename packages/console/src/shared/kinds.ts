import type { Credential, CredentialKind } from "@mintmark/sdk";

interface KindWords {
  readonly name: string;
  /** The page that creates it. */
  readonly path: string;
  /** What it is for, in one sentence. */
  readonly use: string;
}

export const KINDS: Readonly<Record<CredentialKind, KindWords>> = {
  offline_token: {
    name: "Offline token",
    path: "/automation-hub/connect",
    use: "For ansible-galaxy against automation hub's addresses. It expires when nobody uses it.",
  },
  hub_token: {
    name: "API token",
    path: "/collections/api-token",
    use: "For ansible-galaxy against this hub. One at a time.",
  },
  app_token: {
    name: "Application token",
    path: "/registry/application-tokens",
    use: "For podman, docker and CI jobs that push and pull images.",
  },
  platform_key: {
    name: "Platform API key",
    path: "/profile/api-key",
    use: "For the data platform's APIs. One at a time.",
  },
  instance_key: {
    name: "Instance API key",
    path: "/services/instances",
    use: "For one service instance and nothing else.",
  },
  personal_token: {
    name: "Personal token",
    path: "/tokens",
    use: "For scripts and services, with the permissions and the lifetime that you choose.",
  },
};

export const KIND_NAMES = Object.keys(KINDS) as readonly CredentialKind[];

/** The name that stands in sentences and in buttons' labels. */
export function nameOf({ title, kind, hint, instance }: Credential): string {
  return title ?? `${KINDS[kind].name}${instance === null ? "" : ` of ${instance}`} ${hint}`;
}

/** The name that stands in a list, where the hint has its own place. */
export function titleOf({ title, kind, instance }: Credential): string {
  return title ?? instance ?? KINDS[kind].name;
}
