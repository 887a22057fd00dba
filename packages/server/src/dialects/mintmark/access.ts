import { HUB_ADMIN, HUB_AUDIT } from "../../core/authority/authority.ts";
import { USER_ADMIN } from "../../core/authority/scope.ts";
import type { Access } from "../../http/dialect.ts";

/**
 * Sessions, personal tokens (OAuth access tokens among them) and bearers of the command `mintmark`, as far as
 * they hold the scope. Nothing else opens our own API.
 */
const PEOPLE = ["session", "personal_token", "cli_bearer"] as const;

export const SIGNED_IN: Access = { takes: PEOPLE };
/** No token may change its owner's password, not even one with every scope. */
export const SIGNED_IN_BY_PASSWORD: Access = { takes: ["session"] };
/** A realm bearer may ask who it is, and nothing more. */
export const WHO_AM_I: Access = { takes: [...PEOPLE, "realm_bearer"] };
export const OWN_THINGS: Access = { takes: PEOPLE, holds: USER_ADMIN };
export const MAKE_SECRETS: Access = { takes: PEOPLE, holds: USER_ADMIN, fresh: true };
export const ADMIN: Access = { takes: PEOPLE, roles: ["admin"], holds: HUB_ADMIN };
export const ADMIN_FRESH: Access = { takes: PEOPLE, roles: ["admin"], holds: HUB_ADMIN, fresh: true };
export const AUDIT: Access = { takes: PEOPLE, roles: ["admin", "auditor"], holds: HUB_AUDIT };
