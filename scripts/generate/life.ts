import { type Credential, UNTOUCHED } from "../../packages/server/src/core/credential/credential.ts";
import { describeEnding } from "../../packages/server/src/core/credential/ending.ts";
import { type CredentialState, stateOf } from "../../packages/server/src/core/credential/state.ts";
import type { EndReason } from "../../packages/server/src/core/end-reason.ts";
import { type Ending, HubError } from "../../packages/server/src/core/errors.ts";
import { refuse as refuseRegistry } from "../../packages/server/src/dialects/docker-registry/refusals.ts";
import { refuse as refuseGalaxy } from "../../packages/server/src/dialects/galaxy/refusals.ts";
import { refuse as refuseGateway } from "../../packages/server/src/dialects/gateway/refusals.ts";
import { refuse as refuseZen } from "../../packages/server/src/dialects/ibm-zen/refusals.ts";
import { refuse as refuseOwn } from "../../packages/server/src/dialects/mintmark/refusals.ts";
import { refuse as refuseQuay } from "../../packages/server/src/dialects/quay/refusals.ts";
import { refuseOAuth } from "../../packages/server/src/http/oauth/refusals.ts";
import type { Generated } from "./checked-in.ts";

const PAGE = "https://hub.example.com/";
const REQUEST = { id: "", method: "GET", url: "/", headers: {} } as const;
const AT = Date.UTC(2026, 0, 31);

/**
 * What brings a credential to each end. A reason that is added to the code does not compile until it is here.
 */
const CAUSES: Readonly<Record<EndReason, string>> = {
  revoked: "its owner, a steward, an administrator or the holder of the secret revokes it",
  replaced: "a new one is made where a kind has room for one",
  rotated: "a rotation has come to its end, or nobody picked the successor up before the deadline",
  expired: "its end date passes",
  inactive: "nobody uses it for its idle time",
  owner_disabled: "an administrator disables the account",
  owner_deleted: "an administrator deletes the account",
  password_reset: "an administrator resets the password, or the owner asks for it with a new one",
  instance_deleted: "an administrator deletes the instance",
  client_deleted: "an administrator deletes the application it was made for",
  leaked: "it was found in the open",
  policy: "the policy asks for it",
};

/**
 * The reference page of a credential's states. States, sentences and statuses come from the code that decides
 * them.
 */
export function generate(): Generated {
  return { "docs/reference/life.md": page() };
}

function page(): string {
  const ends = Object.entries(CAUSES).map(([reason, cause]) => {
    const end = { at: AT, reason: reason as EndReason, note: null };
    return `| \`${reason}\` | \`${stateWith({ end })}\` | ${cause} | ${describeEnding(end, "token", PAGE)} |`;
  });
  const frozen: Ending = { reason: "frozen", at: AT, note: "laptop lost" };
  return `<!-- Made by \`npm run generate\` from packages/server/src/core/credential/ and the refusals of each system. Edit those, not this page. -->

# The life of a credential

\`\`\`
             freeze                    an end (table below)
   active ───────────▶ frozen ──────────────┐
     ▲  ◀───────────────  │                 ▼
     │        thaw, until │            expired, revoked
     │                    │                 ▲
   made ─────────── an end (table below) ───┘
\`\`\`

| state | what moves it there | who may |
| --- | --- | --- |
| \`active\` | it is made; a frozen one is thawed, or its \`until\` has come | owner, steward; after a freeze by an administrator only an administrator, after one by the system only an administrator or the system |
| \`frozen\` | \`POST /credentials/{id}/freeze\`, many by \`POST /credentials/bulk\` | owner, steward, administrator, system |
| \`expired\`, \`revoked\` | one of the ends below | as the table says; an end is final, nothing leads out of it |

Deadlines go on while a credential is frozen, but its idle time stands still while the system has frozen it. Ends and thaws by the clock
count from their moment, not from the moment at which a job writes them down.

## Ends

| reason | state | what brings it | the holder of the true secret is told |
| --- | --- | --- | --- |
${ends.join("\n")}

## What each part of the hub says

A frozen credential, one that was shown from an address that is not on its list, and one that has ended are refused alike: with the same
status, and a sentence for the holder of the true secret. Introspection answers \`{"active":false}\` for all of them.

| part | status | says of one that is frozen since ${new Date(AT).toISOString().slice(0, 10)} for "laptop lost" |
| --- | --- | --- |
${doors(frozen).join("\n")}

## Rotation

| \`old\` | the old one ends |
| --- | --- |
| \`{"mode":"now"}\` | at once |
| \`{"mode":"timed","for":"24h"}\` | that long after the rotation, at most \`30d\` |
| \`{"mode":"first_use","deadline":"7d"}\` | when the new one is first accepted for real work; this is the default |
| \`{"mode":"quiet","for":"2h","deadline":"14d"}\` | when it was not used for \`for\` after the new one's first use; \`"onDeadline":"end"\` ends it at the deadline even in use |

Nobody used the new one by the deadline: the rotation is cancelled, the new one ends, the old one stays as it was. Real work is every
accepted verification by whatever part of the hub. A refused request is none, nor is introspection with \`"peek": true\`, nor a look at an
offline token, nor \`POST /rotate\` itself.
`;
}

function stateWith(change: Partial<Credential>): CredentialState {
  const sample = { ...UNTOUCHED, createdAt: 0, expiresAt: null, idleMs: null, end: null, ...change };
  return stateOf(sample as unknown as Credential, null, AT);
}

function doors(ending: Ending): readonly string[] {
  const error = new HubError("credential_inactive", { ending });
  const grant = new HubError("invalid_grant", { ending });
  const answers = [
    ["our own API", refuseOwn(error, REQUEST)],
    ["gateway (`/verify`)", refuseGateway(error, REQUEST, PAGE)],
    ["galaxy", refuseGalaxy(error, PAGE)],
    ["realm (token endpoint)", refuseOAuth(grant, REQUEST, PAGE)],
    ["registry (`/v2/auth`)", refuseRegistry(error, REQUEST, PAGE)],
    ["Quay's API", refuseQuay(error, PAGE)],
    ["IBM's paths", refuseZen(error)],
  ] as const;
  return answers.map(([name, { status, body }]) => {
    const text = typeof body === "string" ? body : JSON.stringify(body);
    return `| ${name} | ${status} | \`${text}\` |`;
  });
}
