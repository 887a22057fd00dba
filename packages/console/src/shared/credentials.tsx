import type { Credential } from "@mintmark/sdk";
import { Label } from "@patternfly/react-core";
import { endOf, endsSoon } from "./lifetime.ts";
import type { Column } from "./rows.tsx";
import { dateTime, RelativeTime, relative, useNow } from "./time.tsx";

/** When it expires, or when it ended. */
export function Expires({ credential }: { readonly credential: Credential }) {
  const now = useNow();
  const end = endOf(credential);
  if (credential.state === "revoked" || credential.state === "expired") {
    const at = credential.revokedAt ?? credential.expiresAt ?? credential.idleExpiresAt;
    return at === null ? "—" : <RelativeTime at={at} />;
  }
  if (end === null) {
    return "Never";
  }
  return (
    <span title={dateTime(end)}>
      {relative(end, now)}
      {end === credential.idleExpiresAt ? <span className="mm-second">if not used</span> : null}
    </span>
  );
}

/** When an active one expires, inside a sentence. */
export function ExpiryWords({ credential }: { readonly credential: Credential }) {
  const now = useNow();
  const end = endOf(credential);
  if (end === null) {
    return "never";
  }
  return (
    <span title={dateTime(end)}>
      {relative(end, now)}
      {end === credential.idleExpiresAt ? " if not used" : ""}
    </span>
  );
}

/** How it is used and when it expires, inside a sentence. */
export function UseAndExpiry({ credential }: { readonly credential: Credential }) {
  const { lastUsedAt } = credential;
  return (
    <>
      {lastUsedAt === null ? (
        "never used"
      ) : (
        <>
          last used <RelativeTime at={lastUsedAt} />
        </>
      )}
      {endOf(credential) === null ? (
        ", does not expire"
      ) : (
        <>
          , expires <ExpiryWords credential={credential} />
        </>
      )}
    </>
  );
}

export function State({ credential }: { readonly credential: Credential }) {
  const now = useNow();
  switch (credential.state) {
    case "active":
      return endsSoon(credential, now) ? (
        <Label color="orange" status="warning">
          Expires soon
        </Label>
      ) : (
        <Label color="green">Active</Label>
      );
    case "frozen":
      return <Label color="blue">Frozen</Label>;
    case "expired":
      return <Label color="grey">Expired</Label>;
    case "revoked":
      return <Label color="grey">Revoked</Label>;
  }
}

/** When it was last used and from where; the tooltip names the program. */
export function LastUse({ credential }: { readonly credential: Credential }) {
  const { lastUsedAt, lastUsedFrom, lastUsedAgent } = credential;
  if (lastUsedAt === null) {
    return "Never";
  }
  return (
    <span title={[dateTime(lastUsedAt), lastUsedAgent].filter(Boolean).join(" by ")}>
      <RelativeTime at={lastUsedAt} />
      {lastUsedFrom === null ? null : <span className="mm-second">from {lastUsedFrom}</span>}
    </span>
  );
}

/** The orders as a list to choose from; narrow screens have no headings to press. */
export const CREDENTIAL_ORDERS = [
  ["-created", "Newest first"],
  ["created", "Oldest first"],
  ["expires", "Expires first"],
  ["-expires", "Expires last"],
  ["-lastUsed", "Last used first"],
  ["lastUsed", "Longest unused first"],
  ["title", "By title"],
  ["-title", "By title, backwards"],
  ["kind", "By kind"],
  ["-kind", "By kind, backwards"],
] as const;

/** The columns that every list of credentials ends with: what matters first. */
export const LIFE_COLUMNS: readonly Column<Credential>[] = [
  { title: "Last used", cell: (one) => <LastUse credential={one} />, order: "lastUsed", whole: true },
  { title: "Expires", cell: (one) => <Expires credential={one} />, order: "expires", whole: true },
  { title: "State", cell: (one) => <State credential={one} />, whole: true },
];
