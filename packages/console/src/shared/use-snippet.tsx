import type { Credential, GetEndpointsAnswer } from "@mintmark/sdk";
import { useEndpoints } from "./endpoints.ts";
import { useSession } from "./session.ts";
import { Snippet } from "./snippet.tsx";

/** The lines that use a secret of this kind, filled in. */
export function UseSnippet({
  credential,
  secret,
}: {
  readonly credential: Credential;
  readonly secret: string;
}) {
  const { username } = useSession().session.user;
  const { data } = useEndpoints();
  if (!data) {
    return null;
  }
  const { label, text, filename } = linesFor(credential, secret, {
    endpoints: data,
    username: credential.owner ?? username,
  });
  return <Snippet label={label} text={text} secret={secret} filename={filename} />;
}

interface Use {
  readonly label: string;
  readonly text: string;
  readonly filename?: string;
}

function linesFor(
  { kind, instance, scopes }: Credential,
  secret: string,
  { endpoints, username }: { readonly endpoints: GetEndpointsAnswer; readonly username: string },
): Use {
  const { galaxyUrl, tokenUrl, publicUrl, registryHost } = endpoints;
  switch (kind) {
    case "offline_token":
      return {
        label: "ansible.cfg",
        filename: "ansible.cfg",
        text: ansibleConfig(galaxyUrl, secret, tokenUrl),
      };
    case "hub_token":
      return { label: "ansible.cfg", filename: "ansible.cfg", text: ansibleConfig(galaxyUrl, secret, null) };
    case "app_token":
      return {
        label: "Log in with podman",
        text: `printf %s '${secret}' | podman login --username '$app' --password-stdin ${registryHost}\n`,
      };
    case "platform_key":
      return {
        label: "Exchange it for a bearer token",
        text: `curl -X POST ${publicUrl}/icp4d-api/v1/authorize \\
  -H 'Content-Type: application/json' \\
  -d '{"username":"${username}","api_key":"${secret}"}'
`,
      };
    case "instance_key":
      return {
        label: "See that it opens the instance",
        text: `curl --fail --include -H "Authorization: ZenApiKey $(printf %s '${username}:${secret}' | base64 | tr -d '\\n')" \\
  '${publicUrl}/verify?scope=instance:${instance ?? ""}:use'
`,
      };
    default:
      return {
        label: "Call a service behind the gateway with it",
        text: `curl --fail --include -H 'Authorization: Bearer ${secret}' \\
  '${publicUrl}/verify?scope=${scopes[0] ?? ""}'
`,
      };
  }
}

function ansibleConfig(galaxyUrl: string, secret: string, tokenUrl: string | null): string {
  return `[galaxy]
server_list = hub

[galaxy_server.hub]
url = ${galaxyUrl}
${tokenUrl === null ? "" : `auth_url = ${tokenUrl}\n`}token = ${secret}
`;
}
