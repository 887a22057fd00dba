import { CLOUD_SERVICES } from "../../core/client/client.ts";
import { readSecret } from "../../core/credential/presented.ts";
import { HubError } from "../../core/errors.ts";
import type { Hub } from "../../core/hub.ts";
import { ask } from "../../core/looked.ts";
import { type AnyRoute, route } from "../../http/dialect.ts";
import { requireParameter } from "../../http/oauth/form.ts";
import { endShown } from "../../http/oauth/revocation.ts";
import { writeReceipt } from "../../http/receipt.ts";
import { type ClientRequest, readClientRequest, requireClient } from "./wire.ts";

/**
 * Keycloak's log-out by refresh token: 204 if the offline token has ended, by this call or before; otherwise
 * 400.
 */
export function logoutRoute(path: string): AnyRoute {
  return route({
    method: "POST",
    path,
    access: "public",
    read: readClientRequest,
    run: logOut,
    write: (receipt, request) => writeReceipt(receipt, request, { bareStatus: 204, namesNodes: false }),
  });
}

async function logOut(hub: Hub, request: ClientRequest) {
  const client = await ask(requireClient(hub, request));
  const presented = readSecret(requireParameter(request.form, "refresh_token").trim());
  const { credential } = await ask(hub.verdicts.look(presented));
  if (credential?.kind !== "offline_token" || (credential.clientId ?? CLOUD_SERVICES) !== client.id) {
    throw new HubError("invalid_grant", { explanation: "This offline token is not valid here." });
  }
  await endShown(hub, presented, request.origin);
  return hub.receipts.take();
}
