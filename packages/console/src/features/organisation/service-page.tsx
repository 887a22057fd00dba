import type { CreateCredentialAnswer } from "@mintmark/sdk";
import { Alert, Button, Card, CardBody, CardTitle, Title } from "@patternfly/react-core";
import { useState } from "react";
import { useParams } from "react-router";
import { CredentialList } from "../../shared/credential-list.tsx";
import { hub, useHub } from "../../shared/hub.ts";
import { nameOf } from "../../shared/kinds.ts";
import { Loaded, Nothing } from "../../shared/loaded.tsx";
import { Page } from "../../shared/page.tsx";
import { SecretField, useFresh } from "../../shared/secret.tsx";
import { useSession } from "../../shared/session.ts";
import { UseSnippet } from "../../shared/use-snippet.tsx";
import { NewTokenDialog } from "../tokens/new-token-dialog.tsx";
import { Why } from "./why.tsx";

/** One service account: what it may do, and its credentials, which its stewards create and change. */
export function ServicePage() {
  const { name = "" } = useParams();
  const { username, role } = useSession().session.user;
  const query = useHub(["services", "one", name], (signal) => hub.getService(name, { signal }));
  const [making, setMaking] = useState(false);
  const [made, setMade] = useFresh<CreateCredentialAnswer>();
  const isSteward = query.data?.stewards.includes(username) === true;
  return (
    <Page
      title={name}
      trail={[{ to: "/services/accounts", title: "Service accounts" }]}
      intro={query.data?.description ?? undefined}
      actions={
        isSteward ? (
          <Button variant="primary" onClick={() => setMaking(true)}>
            New token
          </Button>
        ) : null
      }
    >
      <Loaded query={query}>
        {({ stewards, grants, orphaned }) => (
          <>
            {orphaned ? (
              <Alert
                isInline
                component="p"
                variant="warning"
                title="No steward of it can sign in any more."
              />
            ) : null}
            <p>Stewards: {stewards.join(", ") || "none"}</p>
            {made === null ? null : (
              <Card className="mm-narrow">
                <CardTitle component="h2">{nameOf(made.credential)}</CardTitle>
                <CardBody>
                  <div className="mm-stack">
                    <Alert
                      isInline
                      component="p"
                      variant="warning"
                      title="Copy it now. You won't be able to see it again."
                    />
                    <SecretField label="Personal token" secret={made.secret} />
                    <UseSnippet credential={made.credential} secret={made.secret} />
                  </div>
                </CardBody>
              </Card>
            )}
            <Title headingLevel="h2">Credentials</Title>
            <CredentialList
              label={`Credentials of ${name}`}
              owner={name}
              empty={<Nothing title="No credentials yet">A steward creates the first one.</Nothing>}
            />
            {role === "member" ? null : (
              <>
                <Title headingLevel="h2">Permissions</Title>
                <Why account={name} />
              </>
            )}
            {making ? (
              <NewTokenDialog owner={name} held={grants} onClose={() => setMaking(false)} onMade={setMade} />
            ) : null}
          </>
        )}
      </Loaded>
    </Page>
  );
}
