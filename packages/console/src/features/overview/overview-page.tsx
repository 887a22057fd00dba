import type { Credential, CredentialKind } from "@mintmark/sdk";
import { Alert, Button } from "@patternfly/react-core";
import { useState } from "react";
import { Link, useNavigate } from "react-router";
import { Choice } from "../../shared/choice.tsx";
import {
  CREDENTIAL_COLUMNS,
  endsSoon,
  KIND_NAMES,
  KINDS,
  nameOf,
  RevokeButton,
} from "../../shared/credentials.tsx";
import { hub, useHub } from "../../shared/hub.ts";
import { Loaded, Nothing } from "../../shared/loaded.tsx";
import { Page } from "../../shared/page.tsx";
import { type Column, PageTurner, Rows, usePaging } from "../../shared/rows.tsx";
import { useNow } from "../../shared/time.tsx";

const PAGE_SIZE = "50";
type StateFilter = Credential["state"];

const COLUMNS: readonly Column<Credential>[] = [
  {
    title: "Title",
    wide: true,
    cell: (one) => (
      <Link to={`/overview/${one.id}`}>{one.title ?? one.instance ?? KINDS[one.kind].name}</Link>
    ),
    sortBy: (one) => (one.title ?? one.instance ?? "").toLowerCase(),
  },
  { title: "Kind", cell: (one) => KINDS[one.kind].name, sortBy: (one) => one.kind },
  ...CREDENTIAL_COLUMNS,
];

export function OverviewPage() {
  const [kind, setKind] = useState<CredentialKind | "">("");
  const [state, setState] = useState<StateFilter>("active");
  const paging = usePaging();
  const query = useHub(["credentials", "mine", kind, state, paging.cursor], (signal) =>
    hub.listCredentials({ kind, state, cursor: paging.cursor, limit: PAGE_SIZE }, { signal }),
  );
  return (
    <Page title="Overview" intro="Everything of yours that opens something, and when it will end.">
      <div className="mm-filters">
        <Choice
          id="kind"
          label="Kind"
          value={kind}
          options={[["", "All kinds"], ...KIND_NAMES.map((each) => [each, KINDS[each].name] as const)]}
          onChange={(next) => {
            setKind(next);
            paging.reset();
          }}
        />
        <Choice
          id="state"
          label="State"
          value={state}
          options={[
            ["active", "Living"],
            ["expired", "Expired"],
            ["revoked", "Revoked"],
          ]}
          onChange={(next) => {
            setState(next);
            paging.reset();
          }}
        />
      </div>
      <Loaded query={query}>
        {({ credentials, nextCursor }) =>
          credentials.length === 0 ? (
            <NothingYet filtered={kind !== "" || state !== "active"} />
          ) : (
            <>
              <EndingSoon credentials={credentials} />
              <Rows
                label="Credentials"
                columns={COLUMNS}
                rows={credentials}
                keyOf={(one) => one.id}
                actions={(one) => <RevokeButton credential={one} />}
              />
              <PageTurner paging={paging} nextCursor={nextCursor} />
            </>
          )
        }
      </Loaded>
    </Page>
  );
}

function EndingSoon({ credentials }: { readonly credentials: readonly Credential[] }) {
  const now = useNow();
  const soon = credentials.filter((one) => endsSoon(one, now));
  if (soon.length === 0) {
    return null;
  }
  return (
    <Alert
      isInline
      component="h2"
      variant="warning"
      title={soon.length === 1 ? "One of these ends soon" : `${soon.length} of these end soon`}
    >
      <ul>
        {soon.map((one) => (
          <li key={one.id}>
            <Link to={KINDS[one.kind].path}>{nameOf(one)}</Link>
            {one.kind === "offline_token" ? ": use it once and it lives on" : ": make a new one in time"}
          </li>
        ))}
      </ul>
    </Alert>
  );
}

function NothingYet({ filtered }: { readonly filtered: boolean }) {
  const navigate = useNavigate();
  if (filtered) {
    return <Nothing title="Nothing of that sort">Choose another kind or state.</Nothing>;
  }
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
            Make a personal token
          </Button>
        </>
      }
    >
      Choose what it is for; the page there gives you the token and the lines to paste.
    </Nothing>
  );
}
