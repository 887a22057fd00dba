import type { Credential, CredentialKind } from "@mintmark/sdk";
import { Alert, Button } from "@patternfly/react-core";
import { useState } from "react";
import { Link, useNavigate } from "react-router";
import { Choice } from "../../shared/choice.tsx";
import {
  CREDENTIAL_COLUMNS,
  CREDENTIAL_ORDERS,
  EndWords,
  KIND_NAMES,
  KINDS,
  nameOf,
  RevokeButton,
} from "../../shared/credentials.tsx";
import { hub, useHub } from "../../shared/hub.ts";
import { endsSoon } from "../../shared/lifetime.ts";
import { Loaded, Nothing } from "../../shared/loaded.tsx";
import { Page } from "../../shared/page.tsx";
import { useOrder, usePaging } from "../../shared/paging.ts";
import { type Column, PageTurner, Rows } from "../../shared/rows.tsx";
import { useNow } from "../../shared/time.tsx";

const PAGE_SIZE = "50";
const SOON_SHOWN = "10";
type StateFilter = Credential["state"];

const COLUMNS: readonly Column<Credential>[] = [
  {
    title: "Title",
    wide: true,
    cell: (one) => (
      <Link to={`/overview/${one.id}`}>{one.title ?? one.instance ?? KINDS[one.kind].name}</Link>
    ),
    order: "title",
  },
  { title: "Kind", cell: (one) => KINDS[one.kind].name, order: "kind" },
  ...CREDENTIAL_COLUMNS,
];

export function OverviewPage() {
  const [kind, setKind] = useState<CredentialKind | "">("");
  const [state, setState] = useState<StateFilter>("active");
  const paging = usePaging();
  const order = useOrder("-created", paging);
  const { sort } = order;
  const query = useHub(["credentials", "mine", kind, state, sort, paging.cursor], (signal) =>
    hub.listCredentials({ kind, state, sort, cursor: paging.cursor, limit: PAGE_SIZE }, { signal }),
  );
  return (
    <Page title="Overview" intro="Everything of yours that opens something, and when it will end.">
      <EndingSoon />
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
        <Choice id="order" label="Order" value={sort} options={CREDENTIAL_ORDERS} onChange={order.set} />
      </div>
      <Loaded query={query}>
        {({ credentials, nextCursor }) =>
          credentials.length === 0 ? (
            <NothingYet filtered={kind !== "" || state !== "active"} />
          ) : (
            <>
              <Rows
                label="Credentials"
                columns={COLUMNS}
                rows={credentials}
                keyOf={(one) => one.id}
                order={order}
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

/** Everything that expires soon, whatever filter the list below has. */
function EndingSoon() {
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
          ? "One of your tokens ends soon"
          : `${many ? "More than " : ""}${soon.length} of your tokens end soon`
      }
    >
      <ul>
        {soon.map((one) => (
          <li key={one.id}>
            <Link to={KINDS[one.kind].path}>{nameOf(one)}</Link>
            {": "}
            <EndWords credential={one} />.{" "}
            {one.kind === "offline_token" ? "Use it once and it lives on." : "Make a new one in time."}
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
