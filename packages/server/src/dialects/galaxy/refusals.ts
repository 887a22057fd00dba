import { describeEnding } from "../../core/credential/ending.ts";
import type { HubError, HubErrorCode } from "../../core/errors.ts";
import type { WireReply } from "../../http/dialect.ts";

/** Our codes as galaxy_ng's status and code (facts: ansible/galaxy_ng app/api/exceptions.py, Django REST framework's default codes). */
const REFUSALS: Readonly<Record<HubErrorCode, readonly [status: number, code: string]>> = {
  malformed_request: [400, "invalid"],
  unknown_field: [400, "invalid"],
  body_too_large: [413, "too_large"],
  unsupported_media_type: [415, "unsupported_media_type"],
  unauthenticated: [401, "not_authenticated"],
  invalid_login: [401, "authentication_failed"],
  credential_inactive: [401, "authentication_failed"],
  // ansible-galaxy tries again after 429 and never after 403.
  too_many_attempts: [429, "throttled"],
  csrf_failed: [403, "permission_denied"],
  fresh_login_required: [401, "fresh_login_required"],
  // Never 401: pulp_ansible's downloader exchanges its token and repeats for ever on 401.
  forbidden: [403, "permission_denied"],
  not_found: [404, "not_found"],
  method_not_allowed: [405, "method_not_allowed"],
  user_exists: [409, "conflict"],
  namespace_taken: [409, "conflict"],
  instance_exists: [409, "conflict"],
  client_exists: [409, "conflict"],
  last_administrator: [409, "conflict"],
  beyond_policy: [400, "invalid"],
  invalid_scope: [400, "invalid"],
  invalid_client: [401, "authentication_failed"],
  invalid_grant: [400, "invalid"],
  unsupported_grant: [400, "invalid"],
  unauthorized_client: [403, "permission_denied"],
  authorization_pending: [400, "invalid"],
  slow_down: [429, "throttled"],
  access_denied: [403, "permission_denied"],
  expired_code: [400, "invalid"],
  service_unknown: [400, "invalid"],
  version_conflict: [400, "conflict"],
  invalid_upload: [400, "invalid"],
  store_unavailable: [503, "unavailable"],
  internal: [500, "error"],
};

/**
 * The errors envelope of galaxy_ng. A 401 also says its sentence under `default` and as reason phrase: outside of `v3/` paths ansible-core
 * 2.14 shows nothing but the phrase, later ones the key. `WWW-Authenticate: Session` is what galaxy_ng sends since 4.10.
 */
export function refuse(error: HubError, page: string): WireReply {
  const [status, code] = REFUSALS[error.code];
  const title = error.message;
  const detail = error.ending ? describeEnding(error.ending, "token", page) : error.explanation;
  const item = {
    status: String(status),
    code,
    title,
    ...(detail === undefined ? {} : { detail }),
    ...(error.field === undefined ? {} : { source: { parameter: error.field } }),
  };
  const sentence = detail ?? title;
  if (status !== 401) {
    return { status, body: { errors: [item] } };
  }
  return {
    status,
    headers: { "www-authenticate": 'Session, Token realm="Mintmark"' },
    reason: sentence,
    body: { errors: [item], default: sentence },
  };
}
