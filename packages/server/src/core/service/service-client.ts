import { actorOf, type Caller, ownerOf } from "../caller.ts";
import { CLIENT_MARK, type Client } from "../client/client.ts";
import type { HubContext } from "../context.ts";
import { drawSecret } from "../secret/format.ts";
import type { Secret } from "../secret/secret.ts";
import { requireStanding } from "../standing.ts";
import { findStewardship, requireSteward } from "./stewardship.ts";

/**
 * Makes the OAuth client of a service, or gives it a new secret; the former secret and the bearers made with
 * it end. Throws `not_found` and `forbidden`.
 */
export async function renewServiceClient(
  context: HubContext,
  name: string,
  caller: Caller,
): Promise<{ clientId: string; secret: Secret }> {
  const { clock, entropy, keyring, store } = context;
  const secret = drawSecret(entropy, CLIENT_MARK);
  const digest = keyring.digest(secret);
  return store.write(async (writes) => {
    await requireStanding(context, writes, caller);
    const found = await findStewardship(writes, name, caller);
    requireSteward(found);
    const { service } = found;
    const former = await writes.services.clientOf(service.id);
    const known = former === null ? null : await writes.clients.find(former);
    const client: Client = {
      // Bound to the account, so that a later service of the same name is another client.
      id: known?.id ?? `service-${service.id}`,
      name: service.username,
      type: "confidential",
      scopes: [],
      redirectUris: [],
      implicit: false,
      flows: ["client_credentials"],
      pkceOptional: false,
      trustedForAddresses: false,
      secretDigest: digest.bytes.toString("hex"),
      secretKeyVersion: digest.keyVersion,
      accountId: service.id,
      // Bearers carry it and end when it changes.
      createdAt: Math.max(clock.now(), (known?.createdAt ?? 0) + 1),
    };
    if (known) {
      await writes.clients.remove(known.id);
    }
    await writes.clients.insert(client);
    writes.announce({ of: "client", clientId: client.id });
    await writes.audit.append({
      action: "client.create",
      actor: actorOf(caller),
      owner: ownerOf(service),
      credentialId: null,
      details: { clientId: client.id, name: client.name, type: client.type, renewed: known !== null },
    });
    return { clientId: client.id, secret };
  });
}
