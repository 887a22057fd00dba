import { timingSafeEqual } from "node:crypto";
import type { HubContext } from "../context.ts";
import type { Credential } from "../credential/credential.ts";
import { Secret } from "../secret/secret.ts";

const MARK = "mmr_";
const SHAPE = /^mmr_([0-9a-f]{32})[0-9a-f]{64}$/;

/**
 * What a container client keeps in place of the secret it logged in with (`identitytoken`): the credential's
 * id and a MAC over it and the registry it is for. It is no secret of its own and is stored nowhere: it is
 * worth what the credential is worth at the moment it is shown, at that one registry, and dies with it. A
 * signed token would have to name an end, or keep its signing key published for ever.
 */
export function refreshSecretOf(context: HubContext, credential: Credential, service: string): Secret {
  return new Secret(writeRefresh(context, credential.id, service));
}

/** The id of the credential behind it, or null for anything that was not made here for this service. */
export function readRefreshSecret(context: HubContext, secret: Secret, service: string): string | null {
  const text = secret.reveal();
  const hex = SHAPE.exec(text)?.[1];
  if (hex === undefined) {
    return null;
  }
  const id = [8, 12, 16, 20, 32].map((end, at, ends) => hex.slice(ends[at - 1] ?? 0, end)).join("-");
  return timingSafeEqual(Buffer.from(writeRefresh(context, id, service)), Buffer.from(text)) ? id : null;
}

function writeRefresh({ keyring }: HubContext, id: string, service: string): string {
  const mac = Buffer.from(keyring.mac("registry-refresh", `${id}/${service}`), "base64url");
  return `${MARK}${id.replaceAll("-", "")}${mac.toString("hex")}`;
}
