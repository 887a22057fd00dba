import type { CreateCredentialAnswer, Credential, GetEndpointsAnswer } from "@mintmark/sdk";
import { Alert, Button, Card, CardBody, CardTitle, Form } from "@patternfly/react-core";
import { useState } from "react";
import { Link } from "react-router";
import { useAction } from "../../shared/action.ts";
import { CredentialList } from "../../shared/credential-list.tsx";
import { useEndpoints } from "../../shared/endpoints.ts";
import { Field } from "../../shared/field.tsx";
import { credentialsChanged, hub } from "../../shared/hub.ts";
import { Loaded } from "../../shared/loaded.tsx";
import { Page } from "../../shared/page.tsx";
import { Problem } from "../../shared/problem.tsx";
import { SecretField, useFresh } from "../../shared/secret.tsx";
import { Snippet } from "../../shared/snippet.tsx";
import { date, durationMs, durationWords } from "../../shared/time.tsx";

/** Where automation hub has it: Connect to Hub › Load token. */
export function ConnectPage() {
  const endpoints = useEndpoints();
  const [made, setMade] = useFresh<CreateCredentialAnswer>();
  const [title, setTitle] = useState("");
  const load = useAction(async () => {
    const named = title.trim() === "" ? {} : { title: title.trim() };
    setMade(await hub.createCredential({ kind: "offline_token", ...named }));
    setTitle("");
    await credentialsChanged();
  });
  return (
    <Page
      title="Connect to Hub"
      intro="An offline token lets ansible-galaxy and your scripts fetch access tokens on their own, without your password."
    >
      <Loaded query={endpoints}>
        {(answer) => (
          <>
            <Card className="mm-narrow">
              <CardTitle component="h2">Offline token</CardTitle>
              <CardBody>
                <div className="mm-stack">
                  <IdleRule endpoints={answer} credential={made?.credential ?? null} />
                  {made === null ? null : (
                    <>
                      <Alert
                        isInline
                        component="p"
                        variant="warning"
                        title="Copy it now. You won't be able to see it again."
                      />
                      <SecretField key={made.credential.id} label="Offline token" secret={made.secret} />
                    </>
                  )}
                  <Form
                    onSubmit={(event) => {
                      event.preventDefault();
                      void load.run();
                    }}
                  >
                    <Field
                      id="offline-title"
                      label="Title"
                      help="Optional: the machine that will use it, so that you can tell your tokens apart."
                      lengthMax={255}
                      value={title}
                      onChange={setTitle}
                    />
                    <div>
                      <Button type="submit" variant="primary" isLoading={load.busy} isDisabled={load.busy}>
                        {made === null ? "Load token" : "Load another token"}
                      </Button>
                    </div>
                  </Form>
                  <Problem sentence={load.problem} />
                </div>
              </CardBody>
            </Card>
            <Snippets endpoints={answer} secret={made?.secret} />
          </>
        )}
      </Loaded>
      <CredentialList
        kind="offline_token"
        label="My offline tokens"
        empty={<p className="mm-quiet">None yet. Load one above.</p>}
      />
    </Page>
  );
}

function IdleRule({
  endpoints,
  credential,
}: {
  readonly endpoints: GetEndpointsAnswer;
  readonly credential: Credential | null;
}) {
  const { offlineIdle } = endpoints.settings;
  const idleMs = durationMs(offlineIdle);
  if (idleMs === null) {
    return <p>Offline tokens do not expire on this hub: each works until it is revoked.</p>;
  }
  const deadline = credential?.idleExpiresAt ?? new Date(Date.now() + idleMs).toISOString();
  return (
    <p>
      An offline token expires after {durationWords(offlineIdle)} without use; each use starts that time
      again. One that is loaded today and never used expires on <strong>{date(deadline)}</strong>.
    </p>
  );
}

function Snippets({
  endpoints,
  secret,
}: {
  readonly endpoints: GetEndpointsAnswer;
  readonly secret: string | undefined;
}) {
  const token = secret ?? "<offline token>";
  const { galaxyUrl, tokenUrl } = endpoints;
  return (
    <div className="mm-stack mm-narrow">
      <Snippet label="Server URL" text={galaxyUrl} />
      <Snippet label="SSO URL" text={tokenUrl} />
      <Snippet
        label="ansible.cfg"
        secret={secret}
        filename="ansible.cfg"
        text={`[galaxy]
server_list = hub

[galaxy_server.hub]
url = ${galaxyUrl}
auth_url = ${tokenUrl}
token = ${token}
`}
      />
      <Snippet
        label="Environment, instead of ansible.cfg"
        secret={secret}
        text={`export ANSIBLE_GALAXY_SERVER_LIST=hub
export ANSIBLE_GALAXY_SERVER_HUB_URL=${galaxyUrl}
export ANSIBLE_GALAXY_SERVER_HUB_AUTH_URL=${tokenUrl}
export ANSIBLE_GALAXY_SERVER_HUB_TOKEN=${token}
`}
      />
      <Snippet
        label="Install, and publish to this hub by name"
        text={`ansible-galaxy collection install my_namespace.my_collection
ansible-galaxy collection publish -s hub my_namespace-my_collection-1.0.0.tar.gz
`}
      />
      <Snippet
        label="Keep it alive, for instance from cron once a week"
        secret={secret}
        text={`curl --fail --silent --show-error --output /dev/null ${tokenUrl} \\
  --data grant_type=refresh_token --data client_id=cloud-services \\
  --data refresh_token='${token}'
`}
      />
      <p className="mm-quiet">
        Does your application need only an access token? See the <Link to="/developer">API reference</Link>.
      </p>
    </div>
  );
}
