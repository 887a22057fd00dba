import type { Credential, CredentialKind } from "@mintmark/sdk";
import { Button, Label, Tooltip } from "@patternfly/react-core";
import { useState } from "react";
import { Confirm } from "./confirm.tsx";
import { credentialsChanged, hub } from "./hub.ts";
import { endOf, endsSoon, shareLeft } from "./lifetime.ts";
import type { Column } from "./rows.tsx";
import { dateTime, RelativeTime, relative, useNow } from "./time.tsx";

/** The display name of each kind, and the page that creates it. */
export const KINDS: Readonly<Record<CredentialKind, { readonly name: string; readonly path: string }>> = {
  offline_token: { name: "Offline token", path: "/automation-hub/connect" },
  hub_token: { name: "API token", path: "/collections/api-token" },
  app_token: { name: "Application token", path: "/registry/application-tokens" },
  platform_key: { name: "Platform API key", path: "/profile/api-key" },
  instance_key: { name: "Instance API key", path: "/services/instances" },
  personal_token: { name: "Personal token", path: "/tokens" },
};

export const KIND_NAMES = Object.keys(KINDS) as readonly CredentialKind[];

export function Ends({ credential }: { readonly credential: Credential }) {
  const now = useNow();
  const end = endOf(credential);
  if (credential.state !== "active") {
    const at = credential.revokedAt ?? credential.expiresAt ?? credential.idleExpiresAt;
    return at === null ? "—" : <RelativeTime at={at} />;
  }
  if (end === null) {
    return "Never";
  }
  return (
    <span className="mm-ends">
      <EndWords credential={credential} />
      <span className="mm-bar" aria-hidden="true">
        <span
          className={endsSoon(credential, now) ? "mm-bar-soon" : undefined}
          style={{ width: `${Math.round(shareLeft(credential, now) * 100)}%` }}
        />
      </span>
    </span>
  );
}

/** When an active one expires, in words. */
export function EndWords({ credential }: { readonly credential: Credential }) {
  const now = useNow();
  const end = endOf(credential);
  if (end === null) {
    return "never";
  }
  return (
    <span title={dateTime(end)}>
      {end === credential.idleExpiresAt ? "if unused, " : ""}
      {relative(end, now)}
    </span>
  );
}

/** How it is used and when it would end, inside a sentence. */
export function UseAndEnd({ credential }: { readonly credential: Credential }) {
  return (
    <>
      {credential.lastUsedAt === null ? (
        "never used"
      ) : (
        <>
          last used <LastUse credential={credential} />
        </>
      )}
      {endOf(credential) === null ? (
        ", without an end of its own"
      ) : (
        <>
          , ends <EndWords credential={credential} />
        </>
      )}
    </>
  );
}

export function State({ credential }: { readonly credential: Credential }) {
  const now = useNow();
  if (credential.state === "active") {
    return endsSoon(credential, now) ? (
      <Label color="orange" status="warning">
        Ends soon
      </Label>
    ) : (
      <Label color="green">Active</Label>
    );
  }
  if (credential.state === "frozen") {
    return <Label color="blue">Frozen</Label>;
  }
  return <Label color="grey">{credential.state === "expired" ? "Expired" : "Revoked"}</Label>;
}

export function LastUse({ credential }: { readonly credential: Credential }) {
  const { lastUsedAt, lastUsedFrom, lastUsedAgent } = credential;
  const now = useNow();
  if (lastUsedAt === null) {
    return "Never";
  }
  const story = [
    dateTime(lastUsedAt),
    lastUsedFrom && `from ${lastUsedFrom}`,
    lastUsedAgent && `by ${lastUsedAgent}`,
  ];
  return (
    <Tooltip content={story.filter(Boolean).join(" ")}>
      <Button variant="link" isInline className="mm-last-use">
        {relative(lastUsedAt, now)}
      </Button>
    </Tooltip>
  );
}

/** The orders as a list to choose from; narrow screens have no headings to press. */
export const CREDENTIAL_ORDERS = [
  ["-created", "Newest first"],
  ["created", "Oldest first"],
  ["expires", "Ending soonest"],
  ["-expires", "Ending last"],
  ["-lastUsed", "Last used first"],
  ["lastUsed", "Longest unused first"],
  ["title", "By title"],
  ["-title", "By title, backwards"],
  ["kind", "By kind"],
  ["-kind", "By kind, backwards"],
] as const;

/** The columns that every list of credentials has. */
export const CREDENTIAL_COLUMNS: readonly Column<Credential>[] = [
  {
    title: "Hint",
    cell: (one) => <code>{one.hint}</code>,
    whole: true,
  },
  {
    title: "Made",
    cell: (one) => <RelativeTime at={one.createdAt} />,
    order: "created",
    whole: true,
  },
  { title: "Last used", cell: (one) => <LastUse credential={one} />, order: "lastUsed" },
  { title: "Ends", cell: (one) => <Ends credential={one} />, order: "expires" },
  { title: "State", cell: (one) => <State credential={one} /> },
];

/** The name that stands in sentences and in buttons' labels. */
export function nameOf({ title, kind, hint, instance }: Credential): string {
  return title ?? `${KINDS[kind].name}${instance === null ? "" : ` of ${instance}`} ${hint}`;
}

/** Ends it, after a question. */
export function RevokeButton({ credential }: { readonly credential: Credential }) {
  const [asking, setAsking] = useState(false);
  if (credential.state !== "active") {
    return null;
  }
  return (
    <>
      <Button
        variant="link"
        isDanger
        isInline
        aria-label={`Revoke ${nameOf(credential)}`}
        onClick={() => setAsking(true)}
      >
        Revoke
      </Button>
      {asking ? (
        <Confirm
          danger
          title={`Revoke ${nameOf(credential)}?`}
          verb="Revoke"
          onClose={() => setAsking(false)}
          onConfirm={async () => {
            await hub.revokeCredential(credential.id);
            await credentialsChanged();
          }}
        >
          Whatever still uses <code>{credential.hint}</code> stops working at once, with everything derived
          from it. This cannot be undone.
        </Confirm>
      ) : null}
    </>
  );
}
