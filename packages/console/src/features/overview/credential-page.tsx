import type { Credential, GetCredentialUsageAnswer } from "@mintmark/sdk";
import {
  DescriptionList,
  DescriptionListDescription,
  DescriptionListGroup,
  DescriptionListTerm,
  Label,
  Title,
} from "@patternfly/react-core";
import type { ReactNode } from "react";
import { Link, useParams } from "react-router";
import { Ends, KINDS, LastUse, nameOf, RevokeButton, State } from "../../shared/credentials.tsx";
import { hub, useHub } from "../../shared/hub.ts";
import { Loaded } from "../../shared/loaded.tsx";
import { Page } from "../../shared/page.tsx";
import { scopeWords } from "../../shared/scope-words.ts";
import { useSession } from "../../shared/session.ts";
import { date, dateTime } from "../../shared/time.tsx";
import { FreezeButton, RotateLink } from "../life/freeze-button.tsx";

/** One credential: what it can do, how it is used, when it ends. */
export function CredentialPage() {
  const { id = "" } = useParams();
  const { role } = useSession().session.user;
  const credential = useHub(["credentials", "one", id], (signal) => hub.getCredential(id, { signal }));
  const usage = useHub(["credentials", "usage", id], (signal) => hub.getCredentialUsage(id, { signal }));
  return (
    <Page
      title={credential.data ? nameOf(credential.data) : "Credential"}
      actions={
        credential.data ? (
          <>
            <RotateLink credential={credential.data} />
            <FreezeButton credential={credential.data} />
            <RevokeButton credential={credential.data} />
          </>
        ) : null
      }
    >
      <Loaded query={credential}>{(one) => <Facts credential={one} />}</Loaded>
      {role === "member" ? null : (
        <p>
          <Link to={`/admin/audit?credential=${id}`}>Its events in the audit log</Link>
        </p>
      )}
      <Title headingLevel="h2">Use over the last 90 days</Title>
      <Loaded query={usage}>{({ days }) => <Usage days={days} />}</Loaded>
    </Page>
  );
}

function Facts({ credential }: { readonly credential: Credential }) {
  const facts: readonly (readonly [string, ReactNode])[] = [
    ["Kind", KINDS[credential.kind].name],
    ["Hint", <code key="hint">{credential.hint}</code>],
    ["State", <State key="state" credential={credential} />],
    ["Owner", credential.owner ?? "an account that is gone"],
    ["Made", dateTime(credential.createdAt)],
    ["Last used", <LastUse key="use" credential={credential} />],
    ["Used from", credential.lastUsedFrom ?? "—"],
    ["Used by", credential.lastUsedAgent ?? "—"],
    ["Ends", <Ends key="ends" credential={credential} />],
    ...(credential.revokedReason === null ? [] : [["Why it ended", credential.revokedReason] as const]),
    [
      "May",
      <ul key="scopes">
        {credential.scopes.map((scope) => (
          <li key={scope}>
            {scopeWords(scope)} <Label isCompact>{scope}</Label>
          </li>
        ))}
      </ul>,
    ],
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

const DAYS = 90;
const DAY_MS = 86_400_000;

function Usage({ days }: { readonly days: GetCredentialUsageAnswer["days"] }) {
  const total = days.reduce((sum, { count }) => sum + count, 0);
  if (total === 0) {
    return <p>Not used in this time.</p>;
  }
  const most = Math.max(...days.map(({ count }) => count));
  const counts = new Map(days.map(({ day, count }) => [day, count]));
  const today = Date.now();
  const all = Array.from({ length: DAYS }, (_unused, back) =>
    new Date(today - (DAYS - 1 - back) * DAY_MS).toISOString().slice(0, 10),
  );
  return (
    <div
      role="img"
      aria-label={`${total} uses on ${days.length} days, at most ${most} a day`}
      className="mm-usage"
    >
      {all.map((day) => (
        <span
          key={day}
          title={`${date(day)}: ${counts.get(day) ?? 0}`}
          style={{ blockSize: `${((counts.get(day) ?? 0) / most) * 100}%` }}
        />
      ))}
    </div>
  );
}
