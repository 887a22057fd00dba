import type { EndReason } from "./credential/credential.ts";

/**
 * Every refusal the hub can utter, with its public sentence. The core knows no HTTP status: each dialect translates these codes
 * exhaustively, so that a new code does not compile until every dialect has decided.
 */
const PUBLIC_MESSAGES = {
  malformed_request: "The request is not well formed.",
  unknown_field: "The request has a field that is not known here.",
  body_too_large: "The request body is too large.",
  unsupported_media_type: "The content type of the request is not supported here.",
  unauthenticated: "Authentication is required.",
  invalid_login: "The user name or the password is wrong.",
  credential_inactive: "The credential is not valid.",
  too_many_attempts: "Too many failed log-ins. Wait, then try again.",
  csrf_failed: "The CSRF token is missing or wrong.",
  fresh_login_required: "Log in again with your password, then repeat the request.",
  forbidden: "You are not allowed to do this.",
  not_found: "There is nothing here by that name.",
  method_not_allowed: "This method is not allowed here.",
  user_exists: "A user of that name exists already.",
  namespace_taken: "That name is the namespace of somebody else.",
  instance_exists: "An instance of that id exists already.",
  client_exists: "A client of that id exists already.",
  last_administrator: "The last administrator cannot be removed, disabled or demoted.",
  beyond_policy: "The lifetime asked for is beyond what the policy allows.",
  invalid_scope: "A scope is not well formed or may not be given here.",
  invalid_client: "The client is unknown or its authentication failed.",
  invalid_grant: "The grant is unknown, expired or not yours.",
  unsupported_grant: "This grant type is not supported.",
  unauthorized_client: "This client may not use that grant.",
  authorization_pending: "The person has not answered yet.",
  slow_down: "Polling too fast.",
  access_denied: "The person said no.",
  expired_code: "The code has expired.",
  service_unknown: "The service is not one that tokens are signed for.",
  version_conflict: "That version exists already with other content.",
  invalid_upload: "The uploaded file was refused.",
  store_unavailable: "The store is out of reach. Try again.",
  internal: "Something went wrong here. The request id tells the operator what.",
} as const;

export type HubErrorCode = keyof typeof PUBLIC_MESSAGES;

/** @internal exported for tests */
export const HUB_ERROR_CODES = Object.keys(PUBLIC_MESSAGES) as readonly HubErrorCode[];

/** How a credential ended: told only to whoever has shown its true secret. `at` is epoch milliseconds. */
export interface Ending {
  readonly reason: EndReason;
  readonly at: number;
}

interface HubErrorOptions {
  /** For the log. Never sent. Must not hold a secret. */
  readonly detail?: string;
  readonly cause?: unknown;
  /** The request field at fault, as a name or dotted path of our own vocabulary. */
  readonly field?: string;
  readonly retryAfterSeconds?: number;
  readonly ending?: Ending;
  /** The credential at fault, for the audit. Never sent. */
  readonly credentialId?: string;
  /** A sentence the core composed for the person, e.g. the file of a tarball at fault. Never holds a secret. */
  readonly explanation?: string;
}

export class HubError extends Error {
  readonly code: HubErrorCode;
  readonly detail: string | undefined;
  readonly field: string | undefined;
  readonly retryAfterSeconds: number | undefined;
  readonly ending: Ending | undefined;
  readonly credentialId: string | undefined;
  readonly explanation: string | undefined;

  constructor(code: HubErrorCode, options: HubErrorOptions = {}) {
    const limit = Error.stackTraceLimit;
    // A refusal is an everyday answer: where it was made is nobody's question, and writing that down costs more than the verdict.
    Error.stackTraceLimit = code === "internal" || code === "store_unavailable" ? limit : 0;
    super(PUBLIC_MESSAGES[code], { cause: options.cause });
    Error.stackTraceLimit = limit;
    this.name = "HubError";
    this.code = code;
    this.detail = options.detail;
    this.field = options.field;
    this.retryAfterSeconds = options.retryAfterSeconds;
    this.ending = options.ending;
    this.credentialId = options.credentialId;
    this.explanation = options.explanation;
  }
}

/** Crashes the request when a state that cannot be is met. The sentence goes to the log. */
export function invariant(condition: unknown, sentence: string): asserts condition {
  if (!condition) {
    throw new HubError("internal", { detail: `invariant broken: ${sentence}` });
  }
}
