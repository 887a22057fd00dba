import { Card, CardBody, CardTitle } from "@patternfly/react-core";
import { useEndpoints } from "../../shared/endpoints.ts";
import { Loaded } from "../../shared/loaded.tsx";
import { OneKey } from "../../shared/one-key.tsx";
import { Page } from "../../shared/page.tsx";
import { useFresh } from "../../shared/secret.tsx";
import { Snippet } from "../../shared/snippet.tsx";

const WORDS = { noun: "API token", make: "Load token", revoke: "Revoke token" };

/** Where private automation hub has it: Collections › API token › Load token. */
export function ApiTokenPage() {
  const endpoints = useEndpoints();
  const [secret, setSecret] = useFresh<string>();
  return (
    <Page
      title="API token"
      intro="For ansible-galaxy against this hub. You have one at a time: loading a new one revokes the present one."
    >
      <Card className="mm-narrow">
        <CardTitle component="h2">Token</CardTitle>
        <CardBody>
          <OneKey kind="hub_token" words={WORDS} onMade={setSecret} />
        </CardBody>
      </Card>
      <Loaded query={endpoints}>
        {({ galaxyUrl }) => (
          <div className="mm-stack mm-narrow">
            <Snippet label="Server URL" text={galaxyUrl} />
            <Snippet
              label="ansible.cfg"
              filename="ansible.cfg"
              secret={secret ?? undefined}
              text={`[galaxy]
server_list = hub

[galaxy_server.hub]
url = ${galaxyUrl}
token = ${secret ?? "<API token>"}
`}
            />
            <Snippet
              label="Install, and publish to this hub by name"
              text={`ansible-galaxy collection install my_namespace.my_collection
ansible-galaxy collection publish -s hub my_namespace-my_collection-1.0.0.tar.gz
`}
            />
          </div>
        )}
      </Loaded>
    </Page>
  );
}
