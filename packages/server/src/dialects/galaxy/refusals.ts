import { describeEnding } from "../../core/credential/ending.ts";
import { type HubError, refusalTable } from "../../core/errors.ts";
import type { WireReply } from "../../http/dialect.ts";

/**
 * Our codes as galaxy_ng's status and code (facts: ansible/galaxy_ng app/api/exceptions.py, Django REST
 * framework's default codes).
 */
const REFUSALS = refusalTable<readonly [status: number, code: string]>(
  {
    malformed: [400, "invalid"],
    too_large: [413, "too_large"],
    headers_too_large: [431, "too_large"],
    timeout: [408, "timeout"],
    media_type: [415, "unsupported_media_type"],
    unauthenticated: [401, "not_authenticated"],
    stale_login: [401, "fresh_login_required"],
    // Never 401: pulp_ansible's downloader exchanges its token and repeats for ever on 401.
    forbidden: [403, "permission_denied"],
    not_found: [404, "not_found"],
    method: [405, "method_not_allowed"],
    conflict: [409, "conflict"],
    // ansible-galaxy tries again after 429 and never after 403.
    throttled: [429, "throttled"],
    unavailable: [503, "unavailable"],
    internal: [500, "error"],
  },
  {
    invalid_login: [401, "authentication_failed"],
    credential_inactive: [401, "authentication_failed"],
    invalid_client: [401, "authentication_failed"],
    version_conflict: [400, "conflict"],
  },
);

/**
 * The errors envelope of galaxy_ng. A 401 also says its sentence under `default` and as reason phrase:
 * outside of `v3/` paths ansible-core 2.14 shows nothing but the phrase, later ones the key.
 * `WWW-Authenticate: Session` is what galaxy_ng sends since 4.10.
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
