import { HUB_AUDIT } from "../../core/authority/authority.ts";
import type { Access, ProofKind, WireRequest } from "../../http/dialect.ts";
import type { Base } from "./wire.ts";

/**
 * A credential that may hold a collection scope opens the API; one that holds none is refused by the scope,
 * with 403. Offline tokens are no bearers, and an instance key reaches its instance and nothing else, so it
 * does not even see who its owner is.
 */
const TAKES: readonly ProofKind[] = [
  "session",
  "password",
  "hub_token",
  "personal_token",
  "platform_key",
  "app_token",
  "realm_bearer",
  "client_bearer",
  "zen_bearer",
];
export const SIGNED_IN: Access = { takes: TAKES };
export const ANYBODY: Access = { takes: TAKES, anonymous: true };
/** People and their roles are shown to administrators and auditors, as in our own API. */
export const SEES_PEOPLE: Access = { takes: TAKES, roles: ["admin", "auditor"], holds: HUB_AUDIT };
export const WITH_FRESH_LOGIN: Access = { takes: TAKES, fresh: true };

/**
 * Where the links of an answer lead. Asked when it is written: with port 0 the public URL is known only once
 * the server listens.
 */
export type BaseOf = (request: Pick<WireRequest, "params">) => Base;
