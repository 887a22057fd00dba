import { type Static, Type } from "typebox";
import { allowedFrom } from "../../core/credential/allowed-from.ts";
import { describeEnding } from "../../core/credential/ending.ts";
import { KINDS } from "../../core/credential/kinds.ts";
import { readSecret } from "../../core/credential/presented.ts";
import type { Verdict } from "../../core/credential/verify.ts";
import type { Hub } from "../../core/hub.ts";
import { reader, readJson } from "../../http/body.ts";
import { type AnyRoute, route } from "../../http/dialect.ts";
import { CredentialView, viewCredential } from "./credential-view.ts";
import type { RouteDescription } from "./route-description.ts";
import { Nullable } from "./wire.ts";

const Body = Type.Object({
  secret: Type.String({ minLength: 1, maxLength: 8192, description: "the secret, all of it" }),
});
/** What its holder may know of a credential that may have ended: nothing of its owner or its uses. */
const Checked = Type.Pick(CredentialView, [
  "id",
  "kind",
  "title",
  "hint",
  "state",
  "createdAt",
  "expiresAt",
  "idleExpiresAt",
  "revokedAt",
]);
const Answer = Type.Object({
  active: Type.Boolean(),
  reason: Nullable(Type.String({ description: "why it is not active: unknown, malformed, or how it ended" })),
  explanation: Nullable(Type.String({ description: "the reason as a sentence, with the day" })),
  credential: Nullable(Checked),
});
const read = reader(Body, { strict: true });

/**
 * Whether a secret is good, told to its holder: the secret itself is the proof, so nobody signs in. Counts as
 * no use, and a refused secret is not audited.
 */
export function checkRoute(base: string): AnyRoute {
  return route({
    method: "POST",
    path: `${base}/check`,
    access: "public",
    quiet: true,
    description: {
      id: "checkSecret",
      summary:
        "Whether a secret is active, and if not, why; the secret authenticates the call, and this does not count as a use",
      tag: "verification",
      body: Body,
      status: 200,
      answer: Answer,
      refusals: [400],
    } satisfies RouteDescription,
    read: (request) => ({ text: read(readJson(request)).secret.trim(), origin: request.origin }),
    run: async (hub, { text, origin }) => {
      const presented = readSecret(text);
      if (presented.form !== "credential") {
        return notFound("malformed");
      }
      return answer(hub, allowedFrom(await hub.verdicts.verify(presented.secret), origin.address));
    },
    write: (body) => ({ status: 200, body }),
  });
}

function notFound(reason: string) {
  return { active: false, reason, explanation: null, credential: null };
}

async function answer(hub: Hub, verdict: Verdict) {
  const { credential } = verdict;
  if (!credential) {
    return notFound(verdict.active ? "unknown" : verdict.reason);
  }
  const ending = verdict.active ? null : verdict.ending;
  return {
    active: verdict.active,
    reason: verdict.active ? null : (ending?.reason ?? verdict.reason),
    explanation: ending ? describeEnding(ending, KINDS[credential.kind].name, hub.policy.publicUrl) : null,
    credential: holderView(await viewCredential(hub, credential)),
  };
}

function holderView(view: Static<typeof CredentialView>): Static<typeof Checked> {
  const { id, kind, title, hint, state, createdAt, expiresAt, idleExpiresAt, revokedAt } = view;
  return { id, kind, title, hint, state, createdAt, expiresAt, idleExpiresAt, revokedAt };
}
