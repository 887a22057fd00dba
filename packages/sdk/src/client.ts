import { ApiOperations, type OpenSessionAnswer, type OpenSessionBody } from "./api.generated.ts";
import type { CallOptions, OperationCall } from "./call.ts";
import { errorOf, MintmarkError } from "./error.ts";

export interface MintmarkClientOptions {
  /** The hub's public address, with its path prefix if it has one. */
  readonly baseUrl: string;
  /**
   * A session's `accessToken`, an OAuth access token or a personal token, sent as `Authorization: Bearer`; a function is asked before each
   * call. Left out: the browser's session cookie and its CSRF token.
   */
  readonly bearer?: string | (() => string | Promise<string>);
  /** Default: 30 s. */
  readonly timeoutMs?: number;
  readonly fetch?: typeof fetch;
  /**
   * Asked when a call is refused for want of a log-in (401), after the session was lost or grew too old for what was asked. Resolves with true
   * when somebody has signed in meanwhile: the call is then repeated once.
   */
  readonly signInAgain?: (refusal: MintmarkError) => Promise<boolean>;
}

const TIMEOUT_MS = 30_000;
const SAFE_METHODS = new Set(["GET", "HEAD"]);

/**
 * The hub's own API: one method for each operation. Every method throws `MintmarkError`, for a refusal as for an answer that never came;
 * where the caller's own signal ended the call, that signal's reason. Redirects are never followed: the credential goes to `baseUrl` and
 * nowhere else.
 */
export class MintmarkClient extends ApiOperations {
  readonly #options: MintmarkClientOptions;
  readonly #baseUrl: string;
  readonly #fetch: typeof fetch;
  #csrfToken: string | null = null;

  constructor(options: MintmarkClientOptions) {
    super();
    this.#options = options;
    this.#baseUrl = options.baseUrl.replace(/\/+$/, "");
    this.#fetch = options.fetch ?? ((input, init) => fetch(input, init));
  }

  /** Signs in. Without a `bearer` the session is the browser's from now on. */
  override async openSession(body: OpenSessionBody, options: CallOptions = {}): Promise<OpenSessionAnswer> {
    const opened = await super.openSession(body, options);
    this.#csrfToken = opened.csrfToken;
    return opened;
  }

  protected async call<Answer>(call: OperationCall, options: CallOptions): Promise<Answer> {
    try {
      return await this.#send<Answer>(call, options);
    } catch (error) {
      const mayRepeat =
        error instanceof MintmarkError &&
        (error.code === "unauthenticated" || error.code === "fresh_login_required");
      if (mayRepeat && (await this.#options.signInAgain?.(error)) === true) {
        return this.#send<Answer>(call, options);
      }
      throw error;
    }
  }

  async #send<Answer>(call: OperationCall, options: CallOptions): Promise<Answer> {
    const headers = await this.#headers(call, options);
    const timeout = AbortSignal.timeout(options.timeoutMs ?? this.#options.timeoutMs ?? TIMEOUT_MS);
    const init: RequestInit = {
      method: call.method,
      headers,
      credentials: this.#options.bearer === undefined ? "same-origin" : "omit",
      // Following one would show the credential to whoever is named in it.
      redirect: "error",
      cache: "no-store",
      signal: options.signal ? AbortSignal.any([options.signal, timeout]) : timeout,
      ...(call.body === undefined ? {} : { body: JSON.stringify(call.body) }),
    };
    try {
      const response = await this.#fetch(this.#baseUrl + call.path + queryOf(call), init);
      return await readAnswer<Answer>(response);
    } catch (error) {
      throw this.#explain(error, options.signal, timeout);
    }
  }

  #explain(error: unknown, asked: AbortSignal | undefined, timeout: AbortSignal): unknown {
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

  async #headers(call: OperationCall, options: CallOptions): Promise<Record<string, string>> {
    const { bearer } = this.#options;
    const content: Record<string, string> =
      call.body === undefined ? {} : { "content-type": "application/json" };
    if (bearer !== undefined) {
      const secret = typeof bearer === "string" ? bearer : await bearer();
      return { ...content, authorization: `Bearer ${secret}` };
    }
    if (SAFE_METHODS.has(call.method) || isSignIn(call)) {
      return content;
    }
    // After a reload the page has its cookie and no token; the server tells it to whoever has the cookie.
    this.#csrfToken ??= (await this.getSession(options)).csrfToken;
    return this.#csrfToken === null ? content : { ...content, "x-csrf-token": this.#csrfToken };
  }
}

/** Every item of a paged list, page by page as they are asked for. */
export async function* pagesOf<Page extends { readonly nextCursor: string | null }>(
  list: (cursor: string | undefined) => Promise<Page>,
): AsyncGenerator<Page, void, undefined> {
  let cursor: string | undefined;
  do {
    const page = await list(cursor);
    yield page;
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
}

function isSignIn({ method, path }: OperationCall): boolean {
  return method === "POST" && path.endsWith("/session");
}

function queryOf({ query }: OperationCall): string {
  const given = Object.entries(query ?? {}).filter(
    (pair): pair is [string, string] => pair[1] !== undefined && pair[1] !== "",
  );
  return given.length === 0 ? "" : `?${new URLSearchParams(given)}`;
}

async function readAnswer<Answer>(response: Response): Promise<Answer> {
  const text = await response.text();
  if (!response.ok) {
    throw errorOf(response, text);
  }
  try {
    return (text === "" ? undefined : JSON.parse(text)) as Answer;
  } catch (error) {
    throw new MintmarkError({
      code: "unexpected_answer",
      status: response.status,
      message: "What answered is not a hub.",
      cause: error,
    });
  }
}
