import type { EndReason } from "./end-reason.ts";

/**
 * The class of a refusal. The core knows no HTTP status: each dialect translates every class, and names the
 * codes that its system treats differently. A new class does not compile until each dialect has decided.
 */
export type ErrorClass =
  | "malformed"
  | "too_large"
  | "headers_too_large"
  | "timeout"
  | "media_type"
  | "unauthenticated"
  | "stale_login"
  | "forbidden"
  | "not_found"
  | "method"
  | "conflict"
  | "throttled"
  | "unavailable"
  | "internal";

/** Every refusal that the hub can give: its class and its public sentence. A new code is one line here. */
const ERRORS = {
  malformed_request: ["malformed", "The request is not well formed."],
  unknown_field: ["malformed", "The request has a field that is not known here."],
  body_too_large: ["too_large", "The request body is too large."],
  headers_too_large: ["headers_too_large", "The header block of the request is larger than 64 KiB."],
  request_timeout: ["timeout", "The request took too long to arrive."],
  unsupported_media_type: ["media_type", "The content type of the request is not supported here."],
  unauthenticated: ["unauthenticated", "Authentication is required."],
  invalid_login: ["unauthenticated", "The user name or the password is wrong."],
  credential_inactive: ["unauthenticated", "The credential is not valid."],
  too_many_attempts: ["throttled", "Too many failed log-ins. Wait, then try again."],
  busy: ["throttled", "Too many log-ins are in progress. Try again in a moment."],
  csrf_failed: ["forbidden", "The CSRF token is missing or wrong."],
  fresh_login_required: ["stale_login", "Log in again with your password, then repeat the request."],
  forbidden: ["forbidden", "You are not allowed to do this."],
  not_found: ["not_found", "Not found. It may not exist, or you may not have access."],
  method_not_allowed: ["method", "This method is not allowed here."],
  user_exists: ["conflict", "An account with that name already exists."],
  steward_required: ["malformed", "A service needs a steward who is enabled."],
  sign_in_failed: ["malformed", "The sign-in did not work. Begin again."],
  sign_in_refused: ["forbidden", "You may not sign in here."],
  provider_unavailable: ["unavailable", "The identity provider cannot be reached. Try again."],
  team_exists: ["conflict", "A team with that name already exists."],
  provider_membership: ["conflict", "The identity provider's groups decide this membership."],
  namespace_taken: ["conflict", "That name is another account's namespace."],
  namespace_exists: ["conflict", "A namespace with that name already exists."],
  instance_exists: ["conflict", "An instance with that id already exists."],
  client_exists: ["conflict", "A client with that id already exists."],
  last_administrator: ["conflict", "The last administrator cannot be removed, disabled or demoted."],
  address_not_allowed: [
    "malformed",
    "The address is loopback, private or of another kind that the hub does not connect to.",
  ],
  mail_not_set: ["conflict", "This hub sends no mail: no mail server is set."],
  no_address: ["conflict", "Your account has no mail address."],
  mail_refused: ["unavailable", "The mail server did not accept the mail."],
  no_idle_life: ["conflict", "The credential does not expire for lack of use."],
  touch_limit: ["conflict", "The credential was kept alive too often without being used. Use it first."],
  too_many: ["conflict", "The limit is reached. Delete one that is not needed, then try again."],
  credential_limit: ["conflict", "The account has as many credentials as it may have."],
  beyond_policy: ["malformed", "The requested lifetime is longer than the policy allows."],
  invalid_scope: ["malformed", "A scope is not valid or not allowed here. A scope is type:name:action."],
  invalid_client: ["unauthenticated", "The client is unknown or its authentication failed."],
  invalid_grant: ["malformed", "The grant is unknown, expired or not yours."],
  unsupported_grant: ["malformed", "This grant type is not supported."],
  unauthorized_client: ["forbidden", "This client may not use that grant."],
  authorization_pending: ["malformed", "The person has not answered yet."],
  slow_down: ["throttled", "Polling too fast."],
  access_denied: ["forbidden", "The person denied the request."],
  expired_code: ["malformed", "The code has expired."],
  service_unknown: ["malformed", "This hub signs no tokens for that service."],
  credential_ended: ["conflict", "The credential has ended. An end is final."],
  credential_frozen: ["conflict", "The credential is frozen. Thaw it first."],
  frozen_by_other: ["forbidden", "Only an administrator or the system may thaw it."],
  beyond_present: ["malformed", "The change would widen the credential. Create a new one instead."],
  precondition_failed: ["conflict", "Somebody else has changed it. Read it again, then repeat the change."],
  rotation_complete: [
    "conflict",
    "The new secret is already in use. Wait until the old one has ended, then rotate again.",
  ],
  rotation_underway: [
    "conflict",
    "A rotation is in progress. Wait until the old credential has ended, or revoke it.",
  ],
  slot_taken: ["conflict", "The service already has a credential of this kind."],
  nothing_left: ["conflict", "The owner no longer holds any of the credential's scopes."],
  self_rotation_off: ["forbidden", "This credential may not rotate itself."],
  count_changed: [
    "conflict",
    "The number of matches differs from the confirmed number. Count again, then confirm.",
  ],
  version_conflict: ["conflict", "That version already exists with other content."],
  invalid_upload: ["malformed", "The uploaded file was refused."],
  not_restored: [
    "conflict",
    "There is nothing to decide: this hub was not restored, or the decision was made already.",
  ],
  restored_undecided: [
    "unavailable",
    "This hub was restored from a backup. An administrator must decide whether earlier credentials stay valid.",
  ],
  store_unavailable: ["unavailable", "The database cannot be reached. Try again."],
  internal: ["internal", "Something went wrong. Give the request id to the operator."],
} as const satisfies Record<string, readonly [ErrorClass, string]>;

export type HubErrorCode = keyof typeof ERRORS;

/** @internal exported for tests */
export const HUB_ERROR_CODES = Object.keys(ERRORS) as readonly HubErrorCode[];

/** A dialect's answer to each code: its answer to the code's class, unless it names the code itself. */
export function refusalTable<Answer>(
  classes: Readonly<Record<ErrorClass, Answer>>,
  exceptions: Partial<Readonly<Record<HubErrorCode, Answer>>> = {},
): Readonly<Record<HubErrorCode, Answer>> {
  const entries = HUB_ERROR_CODES.map((code) => [code, exceptions[code] ?? classes[ERRORS[code][0]]]);
  return Object.fromEntries(entries) as Record<HubErrorCode, Answer>;
}

/**
 * Why a true secret is refused: it ended, it is frozen, or it came from an address that is not allowed. Told
 * only to the caller that has shown the true secret. `at` is epoch milliseconds.
 */
export interface Ending {
  readonly reason: EndReason | "frozen" | "address";
  readonly at: number;
  /** The reason that was given for the freeze. */
  readonly note?: string | null;
}

interface HubErrorOptions {
  /** For the log. Never sent. Must not hold a secret. */
  readonly detail?: string;
  readonly cause?: unknown;
  /** The faulty field of the request, as a name or dotted path in our own vocabulary. */
  readonly field?: string;
  readonly retryAfterSeconds?: number;
  readonly ending?: Ending;
  /** The credential at fault, for the audit. Never sent. */
  readonly credentialId?: string;
  /**
   * A sentence the core composed for the person, e.g. the file of a tarball at fault. Never holds a secret.
   */
  readonly explanation?: string;
  /** Facts for programs, which our own API answers next to the code. Never hold a secret. */
  readonly facts?: Readonly<Record<string, string | number | null>>;
}

export class HubError extends Error {
  readonly code: HubErrorCode;
  readonly detail: string | undefined;
  readonly field: string | undefined;
  readonly retryAfterSeconds: number | undefined;
  readonly ending: Ending | undefined;
  readonly credentialId: string | undefined;
  readonly explanation: string | undefined;
  readonly facts: Readonly<Record<string, string | number | null>> | undefined;

  constructor(code: HubErrorCode, options: HubErrorOptions = {}) {
    const limit = Error.stackTraceLimit;
    // No stack trace for an everyday refusal: capturing it costs more than the verification.
    Error.stackTraceLimit = code === "internal" || code === "store_unavailable" ? limit : 0;
    super(ERRORS[code][1], { cause: options.cause });
    Error.stackTraceLimit = limit;
    this.name = "HubError";
    this.code = code;
    this.detail = options.detail;
    this.field = options.field;
    this.retryAfterSeconds = options.retryAfterSeconds;
    this.ending = options.ending;
    this.credentialId = options.credentialId;
    this.explanation = options.explanation;
    this.facts = options.facts;
  }
}

/** Crashes the request when a state that cannot be is met. The sentence goes to the log. */
export function invariant(condition: unknown, sentence: string): asserts condition {
  if (!condition) {
    throw new HubError("internal", { detail: `invariant broken: ${sentence}` });
  }
}
