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
 * the request names none. A header that holds no pair says nothing of a client that the form names: HTTP
 * libraries add one of their own (Keycloak 26 passes over it too). Throws `malformed_request` when header and
 * form differ, `invalid_client` for a header that holds no pair and a form that names no client.
 */
export function presentedClient(header: Presented | null, form: OAuthForm): PresentedClient | null {
  const id = form.get("client_id") ?? null;
  const secret = form.get("client_secret");
  if (header?.scheme === "basic") {
    const basic = { id: formDecode(header.username), secret: formDecode(header.secret.reveal()) };
    if ((id ?? basic.id) !== basic.id || (secret ?? basic.secret) !== basic.secret) {
      throw new HubError("malformed_request", {
        explanation: "The client authenticates twice, by Basic and in the form, and the two differ.",
      });
    }
    return { id: basic.id, secret: basic.secret === "" ? null : new Secret(basic.secret) };
  }
  if (id === null && header !== null) {
    throw new HubError("invalid_client", { detail: "a client shows itself by Basic or in the form" });
  }
  return id === null ? null : { id, secret: secret === undefined ? null : new Secret(secret) };
}

/**
 * The client if it is what it says: a confidential one needs its secret; from a public one any secret is
 * passed over, as in Keycloak. Throws `invalid_client`.
 */
export function authenticateClient(hub: Hub, presented: PresentedClient): Looked<Client> {
  const { id, secret } = presented;
  return whenKnown(hub.clients.find(id), (client) => {
    if (client?.type === "public") {
      return client;
    }
    if (!client || !secret) {
      throw new HubError("invalid_client");
    }
    return whenKnown(hub.clients.authenticate(id, secret), (proven) => {
      if (!proven) {
        throw new HubError("invalid_client");
      }
      return proven;
    });
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
