import { actorOf, type Caller } from "../caller.ts";
import type { HubContext } from "../context.ts";
import { HubError } from "../errors.ts";
import { drawSecret } from "../secret/format.ts";
import type { Secret } from "../secret/secret.ts";
import { requireStanding } from "../standing.ts";
import { CLIENT_MARK, type Client } from "./client.ts";

/**
 * Gives a confidential client a new secret; the former secret and the bearers made with it end. What people
 * allowed the client stays. Throws `not_found`, and `malformed_request` for a client without a secret of its
 * own: a public one, and the client of a service, which its stewards renew.
 */
export async function renewClientSecret(
  context: HubContext,
  id: string,
  caller: Caller,
): Promise<{ client: Client; secret: Secret }> {
  const { clock, entropy, keyring, store } = context;
  const secret = drawSecret(entropy, CLIENT_MARK);
  const digest = keyring.digest(secret);
  const client = await store.write(async (writes) => {
    await requireStanding(context, writes, caller);
    const known = await writes.clients.find(id);
    if (!known) {
      throw new HubError("not_found");
    }
    if (known.type !== "confidential" || known.accountId !== null) {
      const explanation =
        known.accountId === null
          ? "A public client has no secret."
          : "The stewards of the service renew the secret of its client.";
      throw new HubError("malformed_request", { field: "clientId", explanation });
    }
    const renewed: Client = {
      ...known,
      secretDigest: digest.bytes.toString("hex"),
      secretKeyVersion: digest.keyVersion,
      // Bearers carry it and end when it changes.
      createdAt: Math.max(clock.now(), known.createdAt + 1),
    };
    await writes.clients.remove(id);
    await writes.clients.insert(renewed);
    writes.announce({ of: "client", clientId: id });
    await writes.audit.append({
      action: "client.create",
      actor: actorOf(caller),
      owner: null,
      credentialId: null,
      details: { clientId: id, name: renewed.name, type: renewed.type, renewed: true },
    });
    return renewed;
  });
  return { client, secret };
}
