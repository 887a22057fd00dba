import type { Credential } from "@mintmark/sdk";
import {
  DescriptionList,
  DescriptionListDescription,
  DescriptionListGroup,
  DescriptionListTerm,
} from "@patternfly/react-core";
import type { ReactNode } from "react";
import { Link } from "react-router";
import { Expires, LastUse, State } from "../../shared/credentials.tsx";
import { KINDS } from "../../shared/kinds.ts";
import { Permissions } from "../../shared/permissions.tsx";
import { useSession } from "../../shared/session.ts";
import { dateTime } from "../../shared/time.tsx";

type Fact = readonly [term: string, value: ReactNode];

/** All that is known of one credential, by name. */
export function CredentialFacts({ credential }: { readonly credential: Credential }) {
  const { note, createdBy, owner, addresses, selfRotate, lastUsedAgent, revokedReason, revokedNote } =
    credential;
  const facts: readonly Fact[] = [
    ["Kind", KINDS[credential.kind].name],
    ["Hint", <code key="hint">{credential.hint}</code>],
    ["State", <State key="state" credential={credential} />],
    ["Owner", <Owner key="owner" name={owner} />],
    ...(note === null ? [] : [["Note", note] as const]),
    [
      "Created",
      `${dateTime(credential.createdAt)}${createdBy === null || createdBy === owner ? "" : ` by ${createdBy}`}`,
    ],
    ["Expires", <Expires key="expires" credential={credential} />],
    ["Last used", <LastUse key="use" credential={credential} />],
    ["Used by", lastUsedAgent ?? "—"],
    ["Addresses", addresses === null ? "Good from everywhere" : addresses.join(", ")],
    ["Renews itself", selfRotate ? "Yes: the secret can ask for its successor" : "No"],
    ...(revokedReason === null
      ? []
      : [["Why it ended", [revokedReason, revokedNote].filter(Boolean).join(": ")] as const]),
    ["Permissions", <Permissions key="permissions" owner={owner} scopes={credential.scopes} />],
  ];
  return (
    <DescriptionList orientation={{ sm: "vertical", md: "horizontal" }} isCompact>
      {facts.map(([term, description]) => (
        <DescriptionListGroup key={term}>
          <DescriptionListTerm>{term}</DescriptionListTerm>
          <DescriptionListDescription>{description}</DescriptionListDescription>
        </DescriptionListGroup>
      ))}
    </DescriptionList>
  );
}

function Owner({ name }: { readonly name: string | null }) {
  const { role } = useSession().session.user;
  if (name === null) {
    return "a deleted account";
  }
  return role === "member" ? name : <Link to={`/admin/users/${encodeURIComponent(name)}`}>{name}</Link>;
}
