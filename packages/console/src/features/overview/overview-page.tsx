import { Alert, Button } from "@patternfly/react-core";
import { Link, useNavigate } from "react-router";
import { CredentialList } from "../../shared/credential-list.tsx";
import { ExpiryWords } from "../../shared/credentials.tsx";
import { hub, useHub } from "../../shared/hub.ts";
import { KindMenu } from "../../shared/kind-menu.tsx";
import { KINDS, nameOf } from "../../shared/kinds.ts";
import { endsSoon } from "../../shared/lifetime.ts";
import { Nothing } from "../../shared/loaded.tsx";
import { Page } from "../../shared/page.tsx";
import { useNow } from "../../shared/time.tsx";
import { CredentialNumbers } from "../dashboard/credential-numbers.tsx";

const SOON_SHOWN = "10";

export function OverviewPage() {
  const navigate = useNavigate();
  return (
    <Page
      title="Overview"
      intro="Your tokens and keys, and when each expires."
      actions={<KindMenu words="Create" onChoose={(kind) => void navigate(KINDS[kind].path)} />}
    >
      <ExpiringSoon />
      <OwnNumbers />
      <CredentialList label="Credentials" empty={<NothingYet />} />
    </Page>
  );
}

/** How many credentials are in which situation, each a link to those. */
function OwnNumbers() {
  const { data } = useHub(["credentials", "numbers"], (signal) =>
    hub.getStatistics({ of: "own" }, { signal }),
  );
  return data === undefined || data.credentials.active + data.credentials.frozen === 0 ? null : (
    <CredentialNumbers statistics={data} list="/overview" withZeros={false} />
  );
}

/** Everything that expires soon, whatever filter the list below has. */
function ExpiringSoon() {
  const now = useNow();
  const { data } = useHub(["credentials", "mine", "ending"], (signal) =>
    hub.listCredentials({ state: "active", sort: "expires", limit: SOON_SHOWN }, { signal }),
  );
  const soon = data?.credentials.filter((one) => endsSoon(one, now)) ?? [];
  if (soon.length === 0) {
    return null;
  }
  const many = data?.nextCursor !== null && soon.length === data?.credentials.length;
  return (
    <Alert
      isInline
      component="h2"
      variant="warning"
      title={
        soon.length === 1
          ? "One of your tokens expires soon"
          : `${many ? "More than " : ""}${soon.length} of your tokens expire soon`
      }
    >
      <ul>
        {soon.map((one) => (
          <li key={one.id}>
            <Link to={`/overview/${one.id}`}>{nameOf(one)}</Link> expires <ExpiryWords credential={one} />.{" "}
            {one.kind === "offline_token" ? (
              "Use it, or keep it alive by its menu."
            ) : (
              <Link to={`/overview/${one.id}/rotate`}>Rotate it</Link>
            )}
          </li>
        ))}
      </ul>
    </Alert>
  );
}

function NothingYet() {
  const navigate = useNavigate();
  return (
    <Nothing
      title="No tokens yet"
      action={
        <>
          <Button variant="primary" onClick={() => navigate("/automation-hub/connect")}>
            Connect to Hub
          </Button>
          <Button variant="secondary" onClick={() => navigate("/registry/application-tokens")}>
            Log in to the registry
          </Button>
          <Button variant="link" onClick={() => navigate("/tokens")}>
            Create a personal token
          </Button>
        </>
      }
    >
      Choose what it is for; the page there gives you the token and the lines to paste.
    </Nothing>
  );
}
