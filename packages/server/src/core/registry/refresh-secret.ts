import type { HubContext } from "../context.ts";
import type { Credential } from "../credential/credential.ts";
import { Secret } from "../secret/secret.ts";

const MARK = "mmr_";
const SHAPE = /^mmr_([0-9a-f]{32})([0-9a-f]{64})$/;
const PURPOSE = "registry-refresh";

/**
 * The `identitytoken` that a container client keeps in place of the secret it logged in with: the
 * credential's id and a MAC over it and the registry. It is not stored: it is worth what the credential is
 * worth when it is presented, at that one registry, and ends with the credential. A signed token would have
 * to name an expiry, or keep its signing key published for ever.
 */
export function refreshSecretOf(context: HubContext, credential: Credential, service: string): Secret {
  return new Secret(writeRefresh(context, credential.id, service));
}

/** The id of the credential behind it, or null for a text that was not created here for this service. */
export function readRefreshSecret(context: HubContext, secret: Secret, service: string): string | null {
  const [, hex, mac] = SHAPE.exec(secret.reveal()) ?? [];
  if (hex === undefined || mac === undefined) {
    return null;
  }
  const id = [8, 12, 16, 20, 32].map((end, at, ends) => hex.slice(ends[at - 1] ?? 0, end)).join("-");
  const presented = Buffer.from(mac, "hex").toString("base64url");
  return context.keyring.isMac(presented, PURPOSE, `${id}/${service}`) ? id : null;
}

function writeRefresh({ keyring }: HubContext, id: string, service: string): string {
  const mac = Buffer.from(keyring.mac(PURPOSE, `${id}/${service}`), "base64url");
  return `${MARK}${id.replaceAll("-", "")}${mac.toString("hex")}`;
}
