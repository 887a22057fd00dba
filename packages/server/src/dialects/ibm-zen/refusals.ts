import { describeEnding } from "../../core/credential/ending.ts";
import { type HubError, type HubErrorCode, refusalTable } from "../../core/errors.ts";
import type { WireReply } from "../../http/dialect.ts";

interface Refusal {
  readonly status: number;
  readonly messageCode: string;
  /** In place of the hub's own sentence. */
  readonly message?: string;
}

/**
 * The same answer for an unknown user, a wrong key and an expired key: the audit has the true reason. The
 * sentence is Zen's own (CPD 5.2).
 */
const NOT_LET_IN: Refusal = {
  status: 401,
  messageCode: "unauthorized",
  message: "User unauthorized to invoke this endpoint",
};

/** Our codes as Zen's status and message code. */
const REFUSALS = refusalTable<Refusal>(
  {
    malformed: { status: 400, messageCode: "bad_request" },
    too_large: { status: 413, messageCode: "too_large" },
    headers_too_large: { status: 431, messageCode: "too_large" },
    timeout: { status: 408, messageCode: "timeout" },
    media_type: { status: 415, messageCode: "unsupported_media_type" },
    unauthenticated: NOT_LET_IN,
    stale_login: { status: 401, messageCode: "fresh_login_required" },
    forbidden: { status: 403, messageCode: "forbidden" },
    not_found: { status: 404, messageCode: "not_found" },
    method: { status: 405, messageCode: "method_not_allowed" },
    conflict: { status: 409, messageCode: "conflict" },
    throttled: { status: 429, messageCode: "too_many_attempts" },
    unavailable: { status: 503, messageCode: "unavailable" },
    internal: { status: 500, messageCode: "internal_error" },
  },
  {
    invalid_grant: NOT_LET_IN,
    unsupported_grant: { status: 400, messageCode: "unsupported_grant_type" },
    csrf_failed: { status: 403, messageCode: "csrf_failed" },
    slow_down: { status: 429, messageCode: "too_soon" },
  },
);

/**
 * Zen's envelope (IBM/cloud-pak-deployer and cp4d clients read these four). `exception` is null if there is
 * nothing to report.
 */
export function refuse(error: HubError): WireReply {
  const { status, messageCode, message } = REFUSALS[error.code];
  return {
    status,
    ...(status === 401 ? { headers: { "www-authenticate": 'ZenApiKey, Bearer realm="Mintmark"' } } : {}),
    body: {
      _statusCode_: status,
      _messageCode_: messageCode,
      message: message ?? error.message,
      exception: exceptionOf(error),
    },
  };
}

/** IAM's clients read these members in addition to the envelope (IBM Cloud IAM, `POST /identity/token`). */
export function refuseIam(error: HubError): WireReply {
  const reply = refuse(error);
  const errorCode = reply.status === 401 ? "BXNIM0415E" : "BXNIM0109E";
  const body = reply.body as { readonly message: string };
  return { ...reply, body: { ...body, errorCode, errorMessage: body.message } };
}

/** The identity provider speaks OAuth 2.0 (RFC 6749 §5.2); the envelope is there for clients that read it. */
export function refuseIdentityProvider(error: HubError): WireReply {
  const reply = refuse(error);
  const body = reply.body as { readonly message: string; readonly exception: string | null };
  const [name, sentence] =
    reply.status === 401
      ? ["invalid_grant", body.message]
      : [OAUTH_NAMES[error.code] ?? "invalid_request", body.exception ?? body.message];
  return { ...reply, body: { ...body, error: name, error_description: sentence } };
}

const OAUTH_NAMES: Partial<Record<HubErrorCode, string>> = { unsupported_grant: "unsupported_grant_type" };

/** The holder of the true secret is told why it is refused; there is nothing to say to anybody else. */
function exceptionOf({ ending, explanation, field }: HubError): string | null {
  if (ending) {
    return describeEnding(ending, "key", "the console");
  }
  return explanation ?? (field === undefined ? null : `field: ${field}`);
}
