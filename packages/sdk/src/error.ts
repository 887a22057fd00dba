/** A failed call: the server's refusal, or a missing answer. */
export class MintmarkError extends Error {
  /**
   * The server's stable code (`not_found`, `fresh_login_required` …), or one of the client's own:
   * `unreachable`, `timeout`, `unexpected_answer` (what answered is not a hub), `unusable_bearer` (nothing
   * was sent).
   */
  readonly code: string;
  /** The HTTP status; 0 if there was no answer. */
  readonly status: number;
  /** The field of the request at fault, where the server names one. */
  readonly field: string | undefined;
  /** The id under which the operator finds the call in the server's log. */
  readonly requestId: string | undefined;
  /** A sentence about this case, if there is one. */
  readonly detail: string | undefined;
  readonly retryAfterSeconds: number | undefined;

  constructor(problem: {
    readonly code: string;
    readonly status: number;
    readonly message: string;
    readonly field?: string | undefined;
    readonly requestId?: string | undefined;
    readonly detail?: string | undefined;
    readonly retryAfterSeconds?: number | undefined;
    readonly cause?: unknown;
  }) {
    super(problem.message, { cause: problem.cause });
    this.name = "MintmarkError";
    this.code = problem.code;
    this.status = problem.status;
    this.field = problem.field;
    this.requestId = problem.requestId;
    this.detail = problem.detail;
    this.retryAfterSeconds = problem.retryAfterSeconds;
  }
}

/** The error that an answer with a status of 400 or more stands for. */
export function errorOf(response: Response, text: string): MintmarkError {
  const problem = readProblem(text);
  const retryAfter = Number(response.headers.get("retry-after") ?? Number.NaN);
  return new MintmarkError({
    code: problem["code"] ?? "unexpected_answer",
    status: response.status,
    message: problem["title"] ?? `The server answered ${response.status}.`,
    field: problem["field"],
    detail: problem["detail"],
    requestId: problem["requestId"] ?? response.headers.get("x-request-id") ?? undefined,
    retryAfterSeconds: Number.isFinite(retryAfter) ? retryAfter : undefined,
  });
}

function readProblem(text: string): Readonly<Record<string, string | undefined>> {
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === "object" && parsed !== null
      ? Object.fromEntries(Object.entries(parsed).filter(([, value]) => typeof value === "string"))
      : {};
  } catch {
    return {};
  }
}
