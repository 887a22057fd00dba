import type { Client } from "../../core/client/client.ts";
import { HubError } from "../../core/errors.ts";
import type { Hub } from "../../core/hub.ts";
import { type Looked, whenKnown } from "../../core/looked.ts";
import { Secret } from "../../core/secret/secret.ts";
import type { Presented } from "../authorization.ts";
import type { OAuthForm } from "./form.ts";

/** The client's claim of an identity. `authenticateClient` decides whether it is true. */
export interface PresentedClient {
  readonly id: string;
  readonly secret: Secret | null;
}

/**
 * The client by HTTP Basic or by the parameters `client_id` and `client_secret` (RFC 6749 §2.3.1); null if
 * the request names none. Throws `malformed_request` when both are given and differ, `invalid_client` for a
 * header that holds no pair.
 */
export function presentedClient(header: Presented | null, form: OAuthForm): PresentedClient | null {
  const id = form.get("client_id") ?? null;
  const secret = form.get("client_secret");
  if (header === null) {
    return id === null ? null : { id, secret: secret === undefined ? null : new Secret(secret) };
  }
  if (header.scheme !== "basic") {
    throw new HubError("invalid_client", { detail: "a client shows itself by Basic or in the form" });
  }
  const basic = { id: formDecode(header.username), secret: new Secret(formDecode(header.secret.reveal())) };
  if ((id !== null && id !== basic.id) || secret !== undefined) {
    throw new HubError("malformed_request", { explanation: "The client shows itself in two ways." });
  }
  return basic;
}

/**
 * The client if it is what it says: a public one needs no secret, a confidential one its own. Throws
 * `invalid_client`.
 */
export function authenticateClient(hub: Hub, presented: PresentedClient): Looked<Client> {
  const { id, secret } = presented;
  return whenKnown(secret ? hub.clients.authenticate(id, secret) : hub.clients.find(id), (client) => {
    if (!client || (client.type === "confidential" && !secret)) {
      throw new HubError("invalid_client");
    }
    return client;
  });
}

/**
 * Client ids and secrets are form-encoded inside the pair (RFC 6749 §2.3.1); text in another encoding is
 * taken literally.
 */
function formDecode(text: string): string {
  if (!text.includes("%") && !text.includes("+")) {
    return text;
  }
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    return text;
  }
}
