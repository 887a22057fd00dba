import { errorOf, MintmarkError } from "./error.ts";

/** With what, and for how long. */
export interface Sending {
  readonly fetch: typeof fetch;
  /** For the whole exchange, the answer's body included. */
  readonly timeoutMs: number;
  /** Ends the exchange early; its reason is then thrown. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * One exchange with the hub; undefined for an answer without content. Throws `MintmarkError` for a refusal
 * and for a missing answer. A redirect is an error: following it would send the credential to another host.
 */
export async function send<Answer>(url: string, request: RequestInit, sending: Sending): Promise<Answer> {
  const timeout = AbortSignal.timeout(sending.timeoutMs);
  const signal = sending.signal ? AbortSignal.any([sending.signal, timeout]) : timeout;
  try {
    const response = await sending.fetch(url, { ...request, redirect: "error", cache: "no-store", signal });
    return await readAnswer<Answer>(response);
  } catch (error) {
    throw explain(error, sending.signal, timeout);
  }
}

function explain(error: unknown, asked: AbortSignal | undefined, timeout: AbortSignal): unknown {
  if (error instanceof MintmarkError) {
    return error;
  }
  if (asked?.aborted) {
    return asked.reason;
  }
  return timeout.aborted
    ? new MintmarkError({ code: "timeout", status: 0, message: "The hub did not answer in time." })
    : new MintmarkError({
        code: "unreachable",
        status: 0,
        message: "The hub cannot be reached.",
        cause: error,
      });
}

async function readAnswer<Answer>(response: Response): Promise<Answer> {
  const text = await response.text();
  if (!response.ok) {
    throw errorOf(response, text);
  }
  if (response.status === 204) {
    return undefined as Answer;
  }
  try {
    return JSON.parse(text) as Answer;
  } catch {
    // No cause: the parser's words quote the answer, which may hold a secret.
    throw new MintmarkError({
      code: "unexpected_answer",
      status: response.status,
      message: "What answered is not a hub.",
    });
  }
}
