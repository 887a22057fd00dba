import { Type } from "typebox";
import type { Credential } from "../../core/credential/credential.ts";
import { HubError } from "../../core/errors.ts";
import type { Hub } from "../../core/hub.ts";
import type { Secret } from "../../core/secret/secret.ts";
import { reader, readJson } from "../../http/body.ts";
import type { WireRequest } from "../../http/dialect.ts";

const readTitled = reader(Type.Object({ title: Type.String() }), { strict: false });

/** `{"title": …}`; further fields are ignored, as Quay does. */
export function readNewToken(request: WireRequest): { readonly title: string } {
  const body = readJson(request) ?? null;
  if (body === null) {
    throw new HubError("malformed_request", { explanation: "Missing JSON body" });
  }
  const { title } = readTitled(body);
  return { title };
}

/** The values that Quay reads as false; all others are true. */
const FALSE = new Set(["false", "False", "FALSE", "0", "null", ""]);

/** The parameter `expiring`; null if absent. */
export function readExpiring({ query }: Pick<WireRequest, "query">): boolean | null {
  const text = query.get("expiring");
  return text === null ? null : !FALSE.has(text);
}

/** RFC 2822 with the zone that says "UTC, place unknown": `Wed, 08 Jan 2025 19:32:48 -0000`. */
export function writeDate(moment: number | null): string | null {
  return moment === null ? null : new Date(moment).toUTCString().replace("GMT", "-0000");
}

export function writeToken(hub: Hub, credential: Credential) {
  return {
    uuid: credential.id,
    title: credential.title ?? "",
    last_accessed: writeDate(hub.uses.latest(credential)?.at ?? null),
    created: writeDate(credential.createdAt),
    expiration: writeDate(credential.expiresAt),
  };
}

export function writeTokenWithCode(hub: Hub, credential: Credential, secret: Secret | null) {
  const token = writeToken(hub, credential);
  return { token: secret === null ? token : { ...token, token_code: secret.reveal() } };
}
