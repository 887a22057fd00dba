import { Card, CardBody, CardTitle } from "@patternfly/react-core";
import { useEndpoints } from "../../shared/endpoints.ts";
import { OneKey } from "../../shared/one-key.tsx";
import { useFresh } from "../../shared/secret.tsx";
import { useSession } from "../../shared/session.ts";
import { Snippet } from "../../shared/snippet.tsx";
import { durationWords } from "../../shared/time.tsx";
import { ProfilePage } from "./profile-page.tsx";

const WORDS = { noun: "API key", make: "Generate new key", revoke: "Revoke current key" };

/** Where Data Product Hub has it: avatar › Profile and settings › API key. */
export function ApiKeyPage() {
  const { session } = useSession();
  const endpoints = useEndpoints();
  const [secret, setSecret] = useFresh<string>();
  const { username } = session.user;
  const life = endpoints.data?.settings.apiKeyExpiration;
  const publicUrl = endpoints.data?.publicUrl ?? "";
  return (
    <ProfilePage>
      <Card className="mm-narrow">
        <CardTitle component="h2">API key</CardTitle>
        <CardBody>
          <div className="mm-stack">
            <p>
              It may do everything that you may, except create tokens. You have one at a time.{" "}
              {life === undefined || life === "never"
                ? ""
                : `A key expires ${durationWords(life)} after it was created.`}
            </p>
            <OneKey kind="platform_key" words={WORDS} onMade={setSecret} />
          </div>
        </CardBody>
      </Card>
      <div className="mm-stack mm-narrow">
        <Snippet
          label="Call an API with it"
          secret={secret ?? undefined}
          text={`curl -H "Authorization: ZenApiKey $(printf %s '${username}:${secret ?? "<API key>"}' | base64 | tr -d '\\n')" \\
  ${publicUrl}/zen-data/v3/service_instances
`}
        />
        <Snippet
          label="Exchange it for a bearer token"
          secret={secret ?? undefined}
          text={`curl -X POST ${publicUrl}/icp4d-api/v1/authorize \\
  -H 'Content-Type: application/json' \\
  -d '{"username":"${username}","api_key":"${secret ?? "<API key>"}"}'
`}
        />
      </div>
    </ProfilePage>
  );
}
