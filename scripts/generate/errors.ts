import { HUB_ERROR_CODES, HubError } from "../../packages/server/src/core/errors.ts";
import { refuse } from "../../packages/server/src/dialects/mintmark/refusals.ts";
import type { Generated } from "./checked-in.ts";

const REQUEST = { id: "", method: "GET", url: "/", headers: {} } as const;

/** The reference page of every refusal, as our own API utters it. */
export function generate(): Generated {
  return { "docs/reference/errors.md": page() };
}

function page(): string {
  const rows = HUB_ERROR_CODES.map((code) => {
    const error = new HubError(code);
    return `| \`${code}\` | ${refuse(error, REQUEST).status} | ${error.message} |`;
  });
  return `<!-- Made by \`npm run generate\` from packages/server/src/core/errors.ts. Edit that file, not this one. -->

# Errors

Every refusal has one of these codes. Our own API (\`/api/mintmark/v1\`) answers with problem details (RFC 9457,
\`application/problem+json\`):

| member | |
| --- | --- |
| \`code\` | stable: programs decide by it |
| \`type\` | \`urn:mintmark:error:<code>\` |
| \`title\` | the sentence below, the same for every refusal of that code |
| \`status\` | the HTTP status |
| \`detail\` | a sentence about this very case, where there is one |
| \`field\` | the field or parameter of the request at fault, where there is one |
| \`requestId\` | what the server's log has about it stands under this id |

\`too_many_attempts\` tells in \`Retry-After\` how many seconds to wait. What somebody may not see answers \`not_found\`, as what does not exist.

The systems that the hub speaks for have errors of their own: there each code becomes what their clients expect
(\`packages/server/src/dialects/*/refusals.ts\`).

| code | status | says |
| --- | --- | --- |
${rows.join("\n")}
`;
}
