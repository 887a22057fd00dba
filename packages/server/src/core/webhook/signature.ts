import { createHmac } from "node:crypto";
import { Secret } from "../secret/secret.ts";
import type { Entropy } from "../world.ts";

const PREFIX = "whsec_";
const SECRET_BYTES = 32;

/** A new signing secret as Standard Webhooks write it: `whsec_` and 32 bytes in base64. */
export function drawSigningSecret(entropy: Entropy): Secret {
  return new Secret(PREFIX + entropy.bytes(SECRET_BYTES).toString("base64"));
}

/**
 * The headers of a Standard Webhooks message: id, time of the attempt, and a signature by each secret.
 * https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 */
export function signedHeaders(
  message: { readonly id: string; readonly body: string; readonly at: number },
  secrets: readonly Secret[],
): Readonly<Record<string, string>> {
  const timestamp = String(Math.floor(message.at / 1000));
  const signatures = secrets.map((secret) => {
    const key = Buffer.from(secret.reveal().slice(PREFIX.length), "base64");
    return `v1,${createHmac("sha256", key).update(`${message.id}.${timestamp}.${message.body}`).digest("base64")}`;
  });
  return {
    "webhook-id": message.id,
    "webhook-timestamp": timestamp,
    "webhook-signature": signatures.join(" "),
  };
}
