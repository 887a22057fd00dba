import { Authority } from "../../core/authority/authority.ts";
import type { Origin } from "../../core/caller.ts";
import { type PresentedSecret, readSecret } from "../../core/credential/presented.ts";
import type { Verdict } from "../../core/credential/verify.ts";
import type { Hub } from "../../core/hub.ts";
import { ask } from "../../core/looked.ts";
import type { Secret } from "../../core/secret/secret.ts";
import { type AnyRoute, route } from "../dialect.ts";
import { writeReceipt } from "../receipt.ts";
import { readOAuthForm, requireParameter } from "./form.ts";

/**
 * RFC 7009. To show the whole secret is proof enough: it ends exactly the one that is shown, of whatever
 * kind, and who the client says it is does not matter. Always 200, also for what is unknown or has ended; for
 * whatever is on record, when every active node knows of its end or the bound has passed. A bearer made from
 * a credential has no record of its own that could be ended: shown here it ends nothing, least of all its
 * parent; it ends with the parent or within minutes.
 */
export function revocationRoute(path: string): AnyRoute {
  return route({
    method: "POST",
    path,
    access: "public",
    read: (request) => ({
      presented: readSecret(requireParameter(readOAuthForm(request), "token").trim()),
      origin: request.origin,
    }),
    run: async (hub, { presented, origin }) =>
      (await endShown(hub, presented, origin)) ? hub.receipts.take() : null,
    write: (receipt, request) => {
      // The caller need not be one of our users, so it does not learn the names of our machines.
      const reply = receipt && writeReceipt(receipt, request, { bareStatus: 200, namesNodes: false });
      return { status: 200, ...reply, headers: { pragma: "no-cache", ...reply?.headers } };
    },
  });
}

/**
 * Ends what was presented and returns whether it has ended, by this call or before: a caller whose answer was
 * lost may repeat the request.
 */
export async function endShown(hub: Hub, presented: PresentedSecret, origin: Origin): Promise<boolean> {
  switch (presented.form) {
    case "session":
      return endSession(hub, presented.secret, origin);
    case "credential":
      return endCredential(hub, await ask(hub.verdicts.look(presented)), origin);
    default:
      return false;
  }
}

async function endSession(hub: Hub, secret: Secret, origin: Origin): Promise<boolean> {
  const found = await hub.sessions.find(secret);
  if (found) {
    const { account, session } = found;
    const proof = { by: "session", session, carrier: "bearer" } as const;
    await hub.sessions.close(session, { account, authority: Authority.NOTHING, proof, origin });
  }
  return found !== null;
}

async function endCredential(hub: Hub, verdict: Verdict, origin: Origin): Promise<boolean> {
  const { credential } = verdict;
  // A frozen secret is refused as a proof, but its holder may still end it.
  if (credential && (verdict.active || verdict.reason === "frozen")) {
    const account = await hub.credentials.ownerOf(credential);
    const authority = verdict.active ? verdict.authority : Authority.NOTHING;
    const proof = { by: "credential", credential, derived: null } as const;
    await hub.revocations.revoke(credential, { account, authority, proof, origin }, null);
  }
  return credential !== null;
}
