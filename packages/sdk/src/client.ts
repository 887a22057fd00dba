import { readAddress } from "./address.ts";
import { ApiOperations, type OpenSessionAnswer, type OpenSessionBody } from "./api.generated.ts";
import { bearerHeader } from "./bearer.ts";
import type { CallOptions, OperationCall } from "./call.ts";
import { MintmarkError } from "./error.ts";
import { send } from "./send.ts";

export interface MintmarkClientOptions {
  /** The hub's public address, with its path prefix if it has one. */
  readonly baseUrl: string;
  /**
   * A session's `accessToken`, an OAuth access token or a personal token, sent as `Authorization: Bearer`; a
   * function is asked before each call. Left out: the browser's session cookie and its CSRF token.
   */
  readonly bearer?: string | (() => string | Promise<string>);
  /** Default: 30 s. */
  readonly timeoutMs?: number;
  readonly fetch?: typeof fetch;
  /**
   * Called when a call is refused because a log-in is missing (401), too old, or lost. Resolves with true
   * when the person has signed in: the call is then repeated once.
   */
  readonly signInAgain?: (refusal: MintmarkError) => Promise<boolean>;
}

const TIMEOUT_MS = 30_000;
const SAFE_METHODS = new Set(["GET", "HEAD"]);

/**
 * The hub's own API: one method for each operation. Every method throws `MintmarkError`, for a refusal as for
 * an answer that never came; where the caller's own signal ended the call, that signal's reason. Redirects
 * are never followed: the credential goes to `baseUrl` and nowhere else.
 */
export class MintmarkClient extends ApiOperations {
  readonly #options: MintmarkClientOptions;
  readonly #baseUrl: string;
  readonly #fetch: typeof fetch;
  #csrfToken: string | null = null;

  /** Throws `TypeError` where `baseUrl` is not the address of a hub. */
  constructor(options: MintmarkClientOptions) {
    super();
    this.#options = options;
    this.#baseUrl = readAddress(options.baseUrl);
    this.#fetch = options.fetch ?? ((input, init) => fetch(input, init));
  }

  /** Signs in. Without a `bearer` the session is the browser's from now on. */
  override async openSession(body: OpenSessionBody, options: CallOptions = {}): Promise<OpenSessionAnswer> {
    const opened = await super.openSession(body, options);
    this.#csrfToken = opened.csrfToken;
    return opened;
  }

  override async closeSession(options: CallOptions = {}): Promise<void> {
    await super.closeSession(options);
    this.#csrfToken = null;
  }

  /** The API's own description, OpenAPI 3.1. */
  getApiDocument(options: CallOptions = {}): Promise<unknown> {
    return this.call({ method: "GET", path: "/api/mintmark/v1/openapi.json" }, options);
  }

  protected async call<Answer>(call: OperationCall, options: CallOptions): Promise<Answer> {
    try {
      return await this.#send<Answer>(call, options);
    } catch (error) {
      if (error instanceof MintmarkError && (await this.#mayRepeat(error))) {
        return this.#send<Answer>(call, options);
      }
      throw error;
    }
  }

  async #mayRepeat(refusal: MintmarkError): Promise<boolean> {
    if (refusal.code === "csrf_failed" && this.#options.bearer === undefined) {
      // Somebody signed in anew in another tab: the cookie is of the new session, the token of the old one.
      this.#csrfToken = null;
      return true;
    }
    return (
      (refusal.code === "unauthenticated" || refusal.code === "fresh_login_required") &&
      (await this.#options.signInAgain?.(refusal)) === true
    );
  }

  async #send<Answer>(call: OperationCall, options: CallOptions): Promise<Answer> {
    const headers = await this.#headers(call, options);
    const request: RequestInit = {
      method: call.method,
      headers,
      credentials: this.#options.bearer === undefined ? "same-origin" : "omit",
      ...(call.body === undefined ? {} : { body: JSON.stringify(call.body) }),
    };
    return send<Answer>(this.#baseUrl + call.path + queryOf(call), request, {
      fetch: this.#fetch,
      timeoutMs: options.timeoutMs ?? this.#options.timeoutMs ?? TIMEOUT_MS,
      signal: options.signal,
    });
  }

  async #headers(call: OperationCall, options: CallOptions): Promise<Record<string, string>> {
    const { bearer } = this.#options;
    const content: Record<string, string> = {
      ...(call.body === undefined ? {} : { "content-type": "application/json" }),
      ...(options.prefer === undefined ? {} : { prefer: `return=${options.prefer}` }),
    };
    if (bearer !== undefined) {
      const secret = typeof bearer === "string" ? bearer : await bearer();
      return { ...content, authorization: bearerHeader(secret) };
    }
    if (SAFE_METHODS.has(call.method) || isSignIn(call)) {
      return content;
    }
    // After a reload the page has its cookie and no CSRF token; the server returns the token for the cookie.
    this.#csrfToken ??= (await this.getSession(options)).csrfToken;
    return this.#csrfToken === null ? content : { ...content, "x-csrf-token": this.#csrfToken };
  }
}

/** The pages of a list, each fetched on demand; `list` is called with the cursor of the previous page. */
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
  const given = Object.entries(query ?? {}).flatMap(([name, value]) =>
    value === undefined || value === "" ? [] : [[name, String(value)]],
  );
  return given.length === 0 ? "" : `?${new URLSearchParams(given)}`;
}
